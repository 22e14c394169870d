import { resolve } from 'node:path';
import { nodeChain } from '../adapters/lightning/chain.ts';
import { EXIT } from '../buyer/exit-codes.ts';
import { Failure, refuseUsage } from '../buyer/failure.ts';
import type { ShopSettings } from './shop-files.ts';

type Network = ShopSettings['network'];

export interface NodeOptions {
  lnd?: string;
  cert?: string;
  macaroon?: string;
}

const NETWORK_OF: Record<string, Network> = {
  bitcoin: 'mainnet',
  testnet: 'testnet',
  signet: 'signet',
  regtest: 'regtest',
};

/** Which node takes the payments; null: the sandbox. */
export type Lightning = Pick<ShopSettings, 'network' | 'lnd'>;

/**
 * The LND that the options or LND_SOCKET, LND_CERT and LND_MACAROON name; when nothing is named, the one that the shop had
 * before, or the sandbox.
 *
 * @throws Failure when only some of it is named, or the node does not answer
 */
export async function lightningOf(
  options: NodeOptions,
  env: NodeJS.ProcessEnv,
  kept: ShopSettings | null,
): Promise<Lightning> {
  const socket = options.lnd ?? env.LND_SOCKET;
  const certPath = options.cert ?? env.LND_CERT;
  const macaroonPath = options.macaroon ?? env.LND_MACAROON;
  if (!socket && !certPath && !macaroonPath) {
    return kept ?? { network: 'sandbox', lnd: null };
  }
  if (!socket || !certPath || !macaroonPath) {
    return refuseUsage('a node of your own takes --lnd HOST:PORT, --cert FILE and --macaroon FILE');
  }
  const lnd = { socket, certPath: resolve(certPath), macaroonPath: resolve(macaroonPath) };
  return { network: await networkOf(lnd), lnd };
}

async function networkOf(address: Parameters<typeof nodeChain>[0]): Promise<Network> {
  const chain = await nodeChain(address).catch((error: Error) => {
    throw nodeFailure(`the node does not take this certificate and macaroon (${error.message})`);
  });
  if (chain === null) throw nodeFailure(`no LND answers at ${address.socket}`);
  const network = NETWORK_OF[chain];
  if (network) return network;
  throw nodeFailure(`the node is on a chain that no market is paid on: ${chain}`);
}

const nodeFailure = (message: string) =>
  new Failure(EXIT.local, 'node', message, 'check --lnd, --cert and --macaroon');
