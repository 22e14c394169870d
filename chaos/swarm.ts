import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuyerSwarm } from '../buyer/swarm/buyer-swarm.ts';
import type { BuyerKey } from '../test/support/buyer-key.ts';
import { ask } from './caller.ts';
import type { Random } from './random.ts';
import type { Listing } from './shop.ts';
import type { Stand } from './stand.ts';

const PATIENCE_MS = 90_000;

/** Reads what was bought peer to peer, as the buyer's own program does. */
export async function followOverSwarm(
  stand: Stand,
  { feedId, coreKey, slug }: Listing,
  { keyPair }: BuyerKey,
  random: Random,
): Promise<void> {
  const readMarket = async () => {
    const { body } = await ask(stand.servers, stand.answers, { path: '/v1/market', random });
    return body;
  };
  const storeDir = await mkdtemp(join(tmpdir(), 'dazaar-chaos-buyer-'));
  const market = await readMarket();
  const swarm = new BuyerSwarm({
    storeDir,
    keyPair,
    device: randomBytes(16).toString('hex'),
    marketKey: market.publicKey,
    place: market.swarm,
    refresh: async () => (await readMarket()).swarm,
  });
  try {
    const cores = [{ role: 'data', key: coreKey }];
    const replica = await swarm.feed({
      feedId,
      kind: 'hypercore',
      mode: 'open',
      copySigner: null,
      cores,
    });
    const block = await Promise.race([replica.core.get(0), failAfter(PATIENCE_MS)]);
    const id = block && JSON.parse(block.toString()).id;
    stand.witness.add('read over the swarm');
    if (id !== `${slug}-0`) stand.witness.odd(`${slug}: the swarm gave ${id} as first block`);
  } catch (error) {
    stand.witness.odd(`${slug}: not read over the swarm: ${(error as Error).message}`);
  } finally {
    await swarm.close().catch(() => {});
    await rm(storeDir, { recursive: true, force: true });
  }
}

function failAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms).unref();
  });
}
