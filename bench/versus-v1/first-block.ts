import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeAddress } from 'hyperdht';
import { bounded, percentile } from '../figures.ts';
import { type Contestant, inTurn, MARKETS, openContestants } from './sides.ts';

const TRIALS = 60;
const BLOCKS = 10;
const WAIT_MS = 30_000;
// Long enough for the handshake and the first refusal, on a busy machine too.
const SETTLE_MS = 100;

/** From the grant to the first verified block at a buyer who is connected and has none yet; a new buyer each time. */
export async function firstBlock(bootstrap: NodeAddress[]): Promise<Record<string, number>> {
  await using stack = new AsyncDisposableStack();
  const contestants = await openContestants(stack, MARKETS, bootstrap);
  const latenciesMs = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) {
    await contestant.seller.append(Array.from({ length: BLOCKS }, (_, i) => Buffer.from(`${i}`)));
    await grantOnce(contestant, 0);
  }
  for (let trial = 0; trial < TRIALS; trial++) {
    // Spread evenly over the second in which Dazaar 1.6.1 asks its validator again.
    const phaseMs = ((trial * 0.618_034) % 1) * 1_000;
    for (const contestant of inTurn(contestants, trial)) {
      latenciesMs.get(contestant.name)!.push(await grantOnce(contestant, phaseMs));
    }
  }
  const figures: Record<string, number> = {};
  for (const [name, all] of latenciesMs) {
    figures[`valid ${name} p50 ms`] = percentile(all, 50);
    figures[`valid ${name} p99 ms`] = percentile(all, 99);
    figures[`valid ${name} max ms`] = percentile(all, 100);
    console.log(
      `${name}: first block after p50 ${percentile(all, 50)} ms, p99 ${percentile(all, 99)} ms`,
    );
  }
  return figures;
}

async function grantOnce({ side, seller }: Contestant, phaseMs: number): Promise<number> {
  await using buyer = await side.openBuyer(seller.address);
  await buyer.connect();
  await sleep(SETTLE_MS + phaseMs);
  const first = new Promise<number>((resolve) => {
    buyer.onblock = () => resolve(performance.now());
  });
  const grantedAtMs = performance.now();
  seller.grant(buyer.key);
  return (await bounded(first, WAIT_MS, 'a first block')) - grantedAtMs;
}
