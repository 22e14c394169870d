import { readCredential } from './credentials.ts';
import { LndWallet } from './lnd-wallet.ts';
import { PrintWallet } from './print-wallet.ts';
import { sandboxAccess } from './sandbox-wallet.ts';
import type { Payable, Wallet } from './wallet.ts';
import { parseWallet } from './wallet-uri.ts';

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
  const limit = options.maxFeeMsat === undefined ? {} : { maxFeeMsat: options.maxFeeMsat };
  if (choice.kind === 'sandbox') {
    return new LndWallet({ ...(await sandboxAccess(options.sandboxDir)), ...limit });
  }
  const { socket, certPath, macaroonPath } = choice;
  const cert = certPath === undefined ? {} : { cert: await readCredential(certPath) };
  return new LndWallet({ socket, ...cert, macaroon: await readCredential(macaroonPath), ...limit });
}
