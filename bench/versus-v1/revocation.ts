import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeAddress } from 'hyperdht';
import { until } from '../../test/seeder/loopback.ts';
import { percentile } from '../figures.ts';
import type { Buyer, Seller } from './side.ts';
import { inTurn, MARKETS, openContestants } from './sides.ts';

const TRIALS = 60;
const BLOCK_BYTES = 1_024;
const APPEND_EVERY_MS = 1;
const LIVE_BLOCKS = 20;
const QUIET_MS = 100;

interface Ending {
  lastBlockMs: number;
  /** Blocks that came after the end of the grant, */
  leaked: number;
  /** and those of them that were appended after it. */
  leakedNew: number;
}

/** From the end of a grant to the last verified block at a buyer who downloads live, while the seller appends. */
export async function revocation(bootstrap: NodeAddress[]): Promise<Record<string, number>> {
  await using stack = new AsyncDisposableStack();
  const contestants = await openContestants(stack, MARKETS, bootstrap);
  const buyers = new Map<string, Buyer>();
  const endings = new Map<string, Ending[]>();
  for (const { name, side, seller } of contestants) {
    const buyer = stack.use(await side.openBuyer(seller.address));
    await buyer.connect();
    await endOnce(seller, buyer, 0);
    buyers.set(name, buyer);
    endings.set(name, []);
  }
  for (let trial = 0; trial < TRIALS; trial++) {
    // Spread evenly over the second in which Dazaar 1.6.1 asks its validator again.
    const phaseMs = ((trial * 0.618_034) % 1) * 1_000;
    for (const { name, seller } of inTurn(contestants, trial)) {
      endings.get(name)!.push(await endOnce(seller, buyers.get(name)!, phaseMs));
    }
  }
  const figures: Record<string, number> = {};
  for (const [name, all] of endings) Object.assign(figures, figuresOf(name, all));
  return figures;
}

async function endOnce(seller: Seller, buyer: Buyer, phaseMs: number): Promise<Ending> {
  await using _writer = startWriter(seller);
  seller.grant(buyer.key);
  await liveAt(buyer, seller);
  await sleep(phaseMs);
  const lengthAtEnd = seller.length;
  const ending: Ending = { lastBlockMs: 0, leaked: 0, leakedNew: 0 };
  const endedAtMs = performance.now();
  buyer.onblock = (index) => {
    ending.lastBlockMs = performance.now() - endedAtMs;
    ending.leaked += 1;
    if (index >= lengthAtEnd) ending.leakedNew += 1;
  };
  await seller.end(buyer.key);
  await sleep(QUIET_MS);
  return ending;
}

/** Resolves when the buyer is past what there was before, and gets blocks as they are appended. */
async function liveAt(buyer: Buyer, seller: Seller): Promise<void> {
  const fromLength = seller.length;
  let live = 0;
  buyer.onblock = (index) => {
    if (index >= fromLength) live += 1;
  };
  await until(() => live > LIVE_BLOCKS, 'the buyer downloads live');
}

function startWriter(seller: Seller): AsyncDisposable {
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      await seller.append([randomBytes(BLOCK_BYTES)]);
      await sleep(APPEND_EVERY_MS);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      await running;
    },
  };
}

function figuresOf(name: string, endings: Ending[]): Record<string, number> {
  const lastMs = endings.map((ending) => ending.lastBlockMs);
  const leaked = endings.map((ending) => ending.leaked);
  const leakedNew = endings.map((ending) => ending.leakedNew);
  const figures = {
    [`end ${name} p50 ms`]: percentile(lastMs, 50, 2),
    [`end ${name} p99 ms`]: percentile(lastMs, 99, 2),
    [`end ${name} max ms`]: percentile(lastMs, 100, 2),
    [`end ${name} leaked p50`]: percentile(leaked, 50),
    [`end ${name} leaked max`]: Math.max(...leaked),
    [`end ${name} leaked new max`]: Math.max(...leakedNew),
  };
  console.log(figures);
  return figures;
}
