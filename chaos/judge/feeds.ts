import { setTimeout as sleep } from 'node:timers/promises';
import { BuyerKey } from '../../test/support/buyer-key.ts';
import { ask } from '../caller.ts';
import { seeded } from '../random.ts';
import type { Listing, Shop } from '../shop.ts';
import type { Stand } from '../stand.ts';
import { tokenOf } from '../tail.ts';
import type { Row } from '../witness.ts';

/** I5: every block that a seller was told of stands where he was told, byte for byte, and none stands there twice. */
export async function judgeFeeds(stand: Stand, shop: Shop): Promise<void> {
  for (const listing of shop.listings) {
    for (const gateway of stand.gateways()) await judgeFeed(stand, listing, gateway);
  }
}

async function judgeFeed(stand: Stand, listing: Listing, gateway: string): Promise<void> {
  const { witness } = stand;
  const { slug } = listing;
  const lines = await readAll(stand, listing, gateway);
  if (!lines)
    return witness.violate('I5', 'loss', `${gateway} does not serve ${slug} to who has a grant`);
  for (const { rows, firstIndex, isTold, batchId } of witness.appended) {
    if (!rows[0]!.id.startsWith(`${slug}-`)) continue;
    if (isTold)
      compare(stand, slug, batchId, rows, lines.slice(firstIndex, firstIndex + rows.length));
  }
  const ids = lines.map((line) => JSON.parse(line).id);
  const twice = ids.length - new Set(ids).size;
  if (twice > 0) witness.violate('I5', 'double', `${slug} has ${twice} blocks twice`);
}

function compare(
  { witness }: Stand,
  slug: string,
  batchId: string,
  rows: Row[],
  found: string[],
): void {
  const same = rows.every((row, i) => found[i] === JSON.stringify(row));
  if (!same) witness.violate('I5', 'loss', `${slug}: ${batchId} is not where it was appended`);
}

/** All blocks as lines, bought as anybody would; null when they are not to be had. */
async function readAll(
  stand: Stand,
  { slug, feedId }: Listing,
  gateway: string,
): Promise<string[] | null> {
  const key = new BuyerKey();
  const random = seeded(1);
  const ordered = await ask(stand.servers, stand.answers, {
    path: '/v1/orders',
    body: { listing: slug, plan: 'gift', buyerKey: key.hex },
    key: key.hex,
    random,
  });
  if (ordered.status !== 201) return null;
  const headers = {
    authorization: `Bearer ${await tokenOf(stand, key.hex)}`,
    accept: 'application/x-ndjson',
  };
  for (let tries = 0; tries < 40; tries++) {
    const answer = await fetch(`${gateway}/v1/feeds/${feedId}/blocks?plan=gift`, { headers }).catch(
      () => null,
    );
    if (answer?.status === 200) return (await answer.text()).split('\n').filter(Boolean);
    await sleep(500);
  }
  return null;
}
