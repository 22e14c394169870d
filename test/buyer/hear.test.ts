import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import DHT from 'hyperdht';
import { BuyerSwarm } from '../../buyer/swarm/buyer-swarm.ts';
import { Inbox } from '../../buyer/swarm/inbox.ts';
import type { Json } from '../../domain/message.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { sendToBuyers } from '../../flow/send-message.ts';
import type { Message } from '../../protocol/messages.ts';
import { openTestnet, temporaryDirectory, until } from '../seeder/loopback.ts';
import { addFeed, grant, keys, openSeederPlace } from '../seeder/market.ts';
import { createDatabase } from '../support/database.ts';

test('what two seeders tell is heard once and in order, while one of them goes and comes back', async () => {
  await using database = await createDatabase();
  await using dht = await openTestnet();
  await using one = await openSeederPlace(database, dht);
  await using two = await openSeederPlace(database, dht);
  const { prisma } = database;
  const feedId = await addFeed(prisma);
  const { slug, sellerId } = await prisma.listing.findFirstOrThrow();
  const seeders = [await one.start(), await two.start()];
  const keyPair = DHT.keyPair();
  await grant(prisma, feedId, keyPair.publicKey, null);

  const said: Json[] = [];
  const say = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const body = said.length;
      said.push(body);
      const message = { sellerId, slug, to: null, name: 'news', body };
      assert.ok(!isRefusal(await sendToBuyers(prisma, message, null)));
    }
  };
  const [heard, late]: [Json[], Json[]] = [[], []];
  await using home = await temporaryDirectory();
  await using swarm = new BuyerSwarm({
    storeDir: home.path,
    keyPair,
    device: randomBytes(16).toString('hex'),
    marketKey: Buffer.from(keys.signing.publicKey).toString('hex'),
    place: { seeders: seeders.map(({ key }) => key.toString('hex')), bootstrap: dht.bootstrap },
  });
  await say(3);
  const stop = swarm.hear(feedId, '0', ({ body }) => void heard.push(body));
  await until(() => heard.length === said.length, 'what was said before is heard');
  await say(5);
  await until(() => heard.length === said.length, 'what is said meanwhile is heard');
  await one.stop(seeders[0]!);
  await say(20);
  await until(() => heard.length === said.length, 'the other seeder tells the rest');
  await one.start();
  await say(5);
  const stopLate = swarm.hear(feedId, '0', ({ body }) => void late.push(body));
  await until(() => late.length === said.length, 'a second one hears all of it again');
  await until(() => heard.length === said.length, 'and the first one nothing twice');
  stop();
  await say(1);
  await until(() => late.length === said.length, 'the last one is heard');
  stopLate();
  assert.deepEqual(heard, said.slice(0, -1));
  assert.deepEqual(late, said);
});

test('whatever several streams tell, in whichever order between them, each message is heard once and in its order', () => {
  const seqs = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  const streams = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
  const order = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(seqs, streams, order, (unsorted, cursors, picks) => {
      const all = unsorted.toSorted((a, b) => a - b);
      // One stream tells all of it; others, which were begun for somebody else, the rest from where that one is.
      const told = [0, ...cursors.map((n) => n % all.length)].map((from) =>
        all.slice(from).map((seq, i) => asTold(seq, all[from + i - 1] ?? 0)),
      );
      const heard: string[] = [];
      const inbox = new Inbox('feed', '0', ({ seq }) => void heard.push(seq));
      for (let open = told; open.length > 0; open = open.filter(({ length }) => length > 0)) {
        inbox.heard(open[picks.next().value! % open.length]!.shift()!);
      }
      assert.deepEqual(heard, all.map(String));
    }),
  );
});

function asTold(seq: number, after: number): Message {
  const told = { seq: String(seq), after: String(after) };
  return { feedId: 'feed', ...told, name: 'n', body: null, isBroadcast: true, sentAtMs: 0 };
}
