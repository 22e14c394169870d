import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { readCredential } from './credentials.ts';
import { LndWallet } from './lnd-wallet.ts';
import { NwcWallet } from './nwc-wallet.ts';
import { PrintWallet } from './print-wallet.ts';
import { sandboxAccess } from './sandbox-wallet.ts';
import type { Payable, Wallet } from './wallet.ts';
import { parseWallet, type WalletChoice } from './wallet-uri.ts';

export interface WalletOptions {
  sandboxDir: string;
  maxFeeMsat: bigint | undefined;
  /** Shows an invoice to the user, for the wallet `print`. */
  show: (payable: Payable) => Promise<void>;
}

/** The wallet that `--wallet` names, its credentials read. @throws Failure */
export async function openWallet(text: string, options: WalletOptions): Promise<Wallet> {
  const choice = parseWallet(text);
  if (choice.kind === 'print') return new PrintWallet(options.show);
  if (choice.kind === 'nwc') return new NwcWallet(await nwcConnection(choice));
  const limit = options.maxFeeMsat === undefined ? {} : { maxFeeMsat: options.maxFeeMsat };
  if (choice.kind === 'sandbox') {
    return new LndWallet({ ...(await sandboxAccess(options.sandboxDir)), ...limit });
  }
  const { socket, certPath, macaroonPath } = choice;
  const cert = certPath === undefined ? {} : { cert: await readCredential(certPath) };
  return new LndWallet({ socket, ...cert, macaroon: await readCredential(macaroonPath), ...limit });
}

type NwcChoice = Extract<WalletChoice, { kind: 'nwc' }>;

// What stands on a command line can be read by all who share the machine.
async function nwcConnection({ path, connection }: NwcChoice): Promise<string> {
  if (connection !== undefined) return connection;
  if (path !== undefined) {
    return Buffer.from(await readCredential(path), 'base64')
      .toString('utf8')
      .trim();
  }
  const { DAZAAR_NWC } = process.env;
  if (DAZAAR_NWC) return DAZAAR_NWC;
  throw new Failure(
    EXIT.usage,
    'usage',
    'nothing says how the wallet is reached',
    'set DAZAAR_NWC to its connection, or name a file that has it: nwc:FILE',
  );
}
