import { attempt } from '../caller.ts';
import { tryOnce } from '../intruders.ts';
import type { Shop } from '../shop.ts';
import type { Stand } from '../stand.ts';
import { tokenOf } from '../tail.ts';
import type { Purchase } from '../witness.ts';
import { inLanes } from './promises.ts';

const SAMPLE = 400;

/** I3 and its other half: who may read is served by every seeder, who may not by none. */
export async function judgeAccess(stand: Stand, shop: Shop): Promise<void> {
  const { witness } = stand;
  await inLanes(witness.ended.slice(-SAMPLE), async (ended) => {
    for (const gateway of stand.gateways()) {
      if ((await tryOnce(stand, gateway, ended)) === 'served') {
        witness.violate('I3', 'leak', `${gateway} serves a key that is ${ended.why}`);
      }
    }
  });
  const isRevoked = new Set(witness.revoked.map(({ buyerKey, slug }) => `${buyerKey} ${slug}`));
  const granted = witness.purchases.filter(
    ({ grantedAtMs, key, kind, buyerKey, slug }) =>
      grantedAtMs && key && kind !== 'blink' && !isRevoked.has(`${buyerKey} ${slug}`),
  );
  witness.figures.set('granted keys read again at the end', Math.min(SAMPLE, granted.length));
  await inLanes(granted.slice(-SAMPLE), (purchase) => mustBeServed(stand, shop, purchase));
}

async function mustBeServed(stand: Stand, shop: Shop, purchase: Purchase): Promise<void> {
  const { slug, buyerKey, orderId } = purchase;
  const { feedId } = shop.listings.find((listing) => listing.slug === slug)!;
  const headers = { authorization: `Bearer ${await tokenOf(stand, buyerKey)}` };
  for (const gateway of stand.gateways()) {
    const answer = await attempt(gateway, {
      path: `/v1/feeds/${feedId}/blocks?start=0&end=1&plan=gift`,
      headers,
    });
    const isServed = 'status' in answer && answer.status === 200 && answer.body?.id === `${slug}-0`;
    if (isServed) continue;
    const said =
      'status' in answer ? `${answer.status} ${JSON.stringify(answer.body)}` : answer.error;
    stand.witness.violate('I4', 'loss', `${gateway} does not serve order ${orderId}: ${said}`);
  }
}
