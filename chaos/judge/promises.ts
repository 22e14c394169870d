import { ask } from '../caller.ts';
import { seeded } from '../random.ts';
import { askAs, type Shop } from '../shop.ts';
import type { Stand } from '../stand.ts';

const AT_ONCE = 16;

/** I5: whatever an API caller was told with a success is still so. */
export async function judgePromises(stand: Stand, shop: Shop): Promise<void> {
  const { witness, servers, answers } = stand;
  const random = seeded(stand.options.seed);
  await inLanes(witness.purchases, async ({ orderId, buyerKey, grantedAtMs, paid, kind }) => {
    const { status, body } = await ask(servers, answers, { path: `/v1/orders/${orderId}`, random });
    if (status !== 200) return witness.violate('I5', 'loss', `order ${orderId} (${kind}) is gone`);
    if (buyerKey && body.buyerKey !== buyerKey) {
      witness.violate('I5', 'fault', `order ${orderId} has another buyer`);
    }
    if (grantedAtMs && (body.state !== 'paid' || !body.grant)) {
      witness.violate('I5', 'loss', `order ${orderId} was granted and is ${body.state}`);
    }
    // Paid, it is granted or owed back, for all to see.
    if (paid === 'succeeded' && body.state !== 'paid' && body.refundableMsat === '0') {
      witness.violate(
        'I4',
        'loss',
        `order ${orderId} (${kind}) is paid, and neither granted nor owed back`,
      );
    }
  });
  await inLanes(witness.apiKeys, async ({ key, email }) => {
    const headers = { authorization: `Bearer ${key}` };
    const { status } = await ask(servers, answers, { path: '/v1/seller/balance', headers, random });
    if (status !== 200)
      witness.violate('I5', 'loss', `the API key of ${email} is answered with ${status}`);
  });
  await inLanes(witness.revoked, async ({ grantId, slug, atMs }) => {
    if (!Number.isFinite(atMs)) return;
    const grant = await stand.db.prisma.grant.findUnique({ where: { id: grantId } });
    if (grant?.state !== 'revoked') {
      witness.violate(
        'I5',
        'loss',
        `grant ${grantId} of ${slug} was revoked and is ${grant?.state}`,
      );
    }
  });
  for (const seller of shop.sellers) {
    const { status } = await askAs(stand, seller, { path: '/v1/seller/balance', random });
    if (status !== 200) witness.violate('I5', 'loss', `a seller's key is answered with ${status}`);
  }
}

/** Works through them, some at a time. */
export async function inLanes<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
