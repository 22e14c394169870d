import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forget } from '../../flow/forget.ts';
import { KEPT_OF_A_FEED, KEPT_WITH_EACH } from '../../flow/forget-messages.ts';
import { sendToSeller } from '../../flow/send-message.ts';
import { addFeed, grant } from '../seeder/market.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

describe('messages', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  it('are numbered in the order in which they are committed, however many are sent at once', async () => {
    const { prisma } = database;
    const feedId = await addFeed(prisma);
    const keys = await Promise.all(Array.from({ length: 6 }, () => buyer(feedId)));
    const seen: bigint[] = [];
    let isSending = true;
    const readOn = async () => {
      const rows = await prisma.message.findMany({
        where: { feedId, seq: { gt: seen.at(-1) ?? 0n } },
        orderBy: { seq: 'asc' },
      });
      seen.push(...rows.map(({ seq }) => seq));
      return rows.length > 0;
    };
    const watching = (async () => {
      while (isSending || (await readOn())) {
        await readOn();
        await sleep(1);
      }
    })();
    const sending = keys.map(async (buyerKey) => {
      for (let n = 0; n < 10; n++) {
        const said = { name: 'n', body: n };
        await sendToSeller(prisma, { id: randomUUID(), feedId, buyerKey, ...said });
      }
    });
    await Promise.all(sending);
    isSending = false;
    await watching;
    assert.equal(seen.length, 60, 'who follows by number misses none');
  });

  it('are kept for 30 days, and so many with each buyer and of each feed', async () => {
    const { prisma } = database;
    const feedId = await addFeed(prisma);
    const [loud, quiet, old] = [await buyer(feedId), await buyer(feedId), await buyer(feedId)];
    const write = (
      buyerKey: Uint8Array<ArrayBuffer> | null,
      count: number,
      direction: 'to_seller' | 'to_buyer' = 'to_seller',
      sentAt = new Date(),
    ) =>
      prisma.message.createMany({
        data: Array.from({ length: count }, (_, n) => {
          const row = { id: randomUUID(), feedId, buyerKey, direction };
          return { ...row, name: 'n', body: n, sentAt };
        }),
      });
    const kept = (buyerKey: Uint8Array<ArrayBuffer> | null) =>
      prisma.message.count({ where: { feedId, buyerKey } });
    await write(quiet, 3);
    await write(old, 2, 'to_seller', new Date(Date.now() - 30 * 86_400_000 - 60_000));
    await write(old, 1, 'to_seller', new Date(Date.now() - 30 * 86_400_000 + 60_000));
    await write(loud, KEPT_WITH_EACH + 5);
    await write(null, KEPT_WITH_EACH + 7, 'to_buyer');
    await forget(prisma);
    assert.deepEqual(await Promise.all([quiet, old, loud, null].map(kept)), [
      3,
      1,
      KEPT_WITH_EACH,
      KEPT_WITH_EACH,
    ]);
    const newest = await prisma.message.findFirstOrThrow({
      where: { feedId, buyerKey: loud },
      orderBy: { seq: 'desc' },
    });
    assert.equal(newest.body, KEPT_WITH_EACH + 4, 'the oldest go');

    for (let n = 0; n < KEPT_OF_A_FEED / KEPT_WITH_EACH; n++) {
      await write(await buyer(feedId), KEPT_WITH_EACH);
    }
    await forget(prisma);
    const toSeller = { feedId, direction: 'to_seller' as const };
    assert.equal(await prisma.message.count({ where: toSeller }), KEPT_OF_A_FEED);
    assert.equal(await kept(null), KEPT_WITH_EACH, 'what goes to buyers is counted by itself');
  });

  async function buyer(feedId: string): Promise<Uint8Array<ArrayBuffer>> {
    const key = Uint8Array.from(randomBytes(32));
    await grant(database.prisma, feedId, key, null);
    return key;
  }
});
