// The chain of the regtest profile: makes blocks, gives the buyer's node coins, and opens its channel to the market's.
// Started again it finds what is there and goes on from there.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectLnd } from '../../adapters/lightning/connect.ts';
import { run } from '../../boot/run.ts';
import { type Bitcoind, openBitcoind } from './bitcoind.ts';
import { NOBODY, type Nodes, stepToChannel } from './channel.ts';

/** As on the main chain; a node takes one that is silent for hours for one that lags. */
const BLOCK_EVERY_MS = 600_000;
const STEP_EVERY_MS = 1_000;
/** The health check looks for it: payments can go through the channel. */
const READY_FILE = process.env.READY_FILE || '/tmp/channel-is-open';

await run(async () => {
  rmSync(READY_FILE, { force: true });
  const ended = new AbortController();
  const done = work(ended.signal).catch((error) => {
    if (!ended.signal.aborted) throw error;
  });
  return async () => {
    ended.abort();
    await done;
  };
});

async function work(signal: AbortSignal): Promise<void> {
  const bitcoind = openBitcoind(setting('BITCOIND_URL'));
  // A node that starts on an old chain waits for the next block before it answers.
  await mineIfOld(bitcoind);
  await openTheChannel(bitcoind, signal);
  writeFileSync(READY_FILE, '');
  console.log('the channel between buyer and market is open');
  for (;;) {
    await sleep(STEP_EVERY_MS, undefined, { signal });
    await mineIfOld(bitcoind).catch(tell);
  }
}

async function mineIfOld(bitcoind: Bitcoind): Promise<void> {
  if ((await bitcoind.tipAgeMs()) > BLOCK_EVERY_MS) await bitcoind.mine(1, NOBODY);
}

async function openTheChannel(bitcoind: Bitcoind, signal: AbortSignal): Promise<void> {
  let nodes: Nodes | undefined;
  let isOpen = false;
  while (!isOpen) {
    try {
      nodes ??= openNodes(bitcoind);
      isOpen = await stepToChannel(nodes);
    } catch (error) {
      tell(error);
    }
    if (!isOpen) await sleep(STEP_EVERY_MS, undefined, { signal });
  }
}

/** @throws while a node has written no certificate and no macaroon yet */
function openNodes(bitcoind: Bitcoind): Nodes {
  return {
    bitcoind,
    market: connect('LND_MARKET'),
    buyer: connect('LND_BUYER'),
    marketPeer: setting('LND_MARKET_PEER'),
  };
}

function connect(name: string) {
  const dir = setting(`${name}_DIR`);
  const macaroonPath = join(dir, 'data/chain/bitcoin/regtest/admin.macaroon');
  if (!existsSync(macaroonPath)) throw new Error(`${macaroonPath} is not there yet`);
  return connectLnd({ socket: setting(name), certPath: join(dir, 'tls.cert'), macaroonPath });
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

// ln-service rejects with a list: status, name, details.
function tell(error: unknown): void {
  const words = Array.isArray(error) ? JSON.stringify(error) : (error as Error).message;
  console.log(`not yet: ${words}`);
}
