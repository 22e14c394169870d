import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import crypto from 'hypercore-crypto';
import Hyperdrive from 'hyperdrive';
import {
  type FeedState,
  feedState as feedStateShape,
  type Listing,
  listing as listingShape,
  problem as problemShape,
} from '../../contract/index.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import { narrowSeeds, rootSeeds, writeSeeds } from '../../protocol/epoch-tree.ts';
import { verifyProvenance } from '../../protocol/provenance.ts';
import { temporaryDirectory } from '../seeder/loopback.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/until.ts';

const HOUR = { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' };
const PEER_KEY = crypto.keyPair(Buffer.alloc(32, 5)).publicKey.toString('hex');

describe('the seller of a mirrored feed', () => {
  let market: TestMarket;
  let otherKey: string;
  let store: Corestore;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    market = await startMarket({ workers: false });
    const other = await market.db.prisma.seller.create({ data: { name: 'Another seller' } });
    otherKey = await createApiKey(market.db.prisma, other.id, 'test', 'sandbox');
    directory = await temporaryDirectory();
    store = new Corestore(directory.path);
  });
  after(async () => {
    await store.close();
    await directory[Symbol.asyncDispose]();
    await market[Symbol.asyncDispose]();
  });

  const send = (method: string, path: string, body?: object, apiKey = market.apiKey) =>
    fetch(`${market.server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const create = (feed: object, apiKey?: string) => {
    const slug = `data-${randomBytes(5).toString('hex')}`;
    const rest = { title: 'Tides', description: '', licence: 'CC0-1.0', blockSchema: {} };
    const body = { slug, ...rest, plans: [HOUR], feed };
    return send('POST', '/v1/seller/listings', body, apiKey);
  };
  const mirrored = (...cores: Hypercore[]) => ({
    origin: 'mirrored',
    peerKey: PEER_KEY,
    cores: cores.map(({ key }) => ({ role: 'data', key: key.toString('hex') })),
  });
  const list = async (feed: object, apiKey?: string): Promise<Listing> => {
    const answer = await create(feed, apiKey);
    assert.equal(answer.status, 201, await answer.clone().text());
    return listingShape.parse(await answer.json());
  };
  const stateOf = async ({ slug }: Listing, apiKey?: string): Promise<FeedState> => {
    const answer = await send('GET', `/v1/seller/listings/${slug}/feed`, undefined, apiKey);
    assert.equal(answer.status, 200);
    return feedStateShape.parse(await answer.json());
  };
  const signed = async (listing: Listing, cores: Hypercore[], apiKey?: string) => {
    const { ownership } = await stateOf(listing, apiKey);
    return ownership!.toSign.map(({ coreKey, text }) => {
      const core = cores.find(({ key }) => key.toString('hex') === coreKey)!;
      const signature = crypto.sign(Buffer.from(text), core.keyPair!.secretKey).toString('hex');
      return { coreKey, signature, manifest: core.getManifest({ raw: true })!.toString('hex') };
    });
  };
  const prove = ({ slug }: Listing, proofs: object[], apiKey?: string) =>
    send('POST', `/v1/seller/listings/${slug}/ownership`, { proofs }, apiKey);
  const publish = ({ slug }: Listing) => send('POST', `/v1/seller/listings/${slug}/publish`);
  const refusal = async (answer: Response, status: number): Promise<string> => {
    assert.equal(answer.status, status, await answer.clone().text());
    return problemShape.parse(await answer.json()).code;
  };
  const writer = async (): Promise<Hypercore> => {
    const core = store.get({ name: randomBytes(8).toString('hex') });
    await core.ready();
    return core;
  };

  // As the seeder finds it in the blocks of the base.
  const named = async ({ feed }: Listing, { key, discoveryKey }: Hypercore) => {
    const keys = { key: Uint8Array.from(key), discoveryKey: Uint8Array.from(discoveryKey) };
    await market.db.prisma.feedCore.create({
      data: { feedId: feed.id, role: 'writer-named', consents: true, ...keys },
    });
  };

  it('hands over the keys of epochs of a feed that he seals himself, and the market stores none as it is', async () => {
    const core = await writer();
    const sealed = { mode: 'sealed', epochMs: 60_000 };
    const listing = await list({ ...mirrored(core), ...sealed });
    assert.deepEqual((await stateOf(listing)).seal, { epochMs: 60_000, opens: [] });
    const root = rootSeeds(randomBytes(32), core.key);
    const some = writeSeeds(narrowSeeds(root, 100, 200)!);
    const handOver = ({ slug }: Listing, seeds: object[], apiKey?: string) =>
      send('POST', `/v1/seller/listings/${slug}/seeds`, { seeds }, apiKey);
    for (const _ of ['once', 'and again']) {
      const answer = await handOver(listing, [some]);
      assert.equal(answer.status, 200, await answer.clone().text());
      const { seal } = feedStateShape.parse(await answer.json());
      assert.deepEqual(seal!.opens, [{ first: 100, last: 200 }]);
    }
    const [row] = await market.db.prisma.feedSeeds.findMany({ where: { feedId: listing.feed.id } });
    assert.ok(!Buffer.from(row!.box).includes(some.seeds.slice(0, 40)));

    const more = [...Array(16).keys()].map((i) =>
      writeSeeds(narrowSeeds(root, 300 + i * 10, 305 + i * 10)!),
    );
    assert.equal(await refusal(await handOver(listing, more), 409), 'too-many-seeds');
    assert.equal((await handOver(listing, more.slice(1))).status, 200);
    // One that covers others takes their place.
    const long = writeSeeds(narrowSeeds(root, 90, 405)!);
    const { seal } = feedStateShape.parse(await (await handOver(listing, [long])).json());
    assert.deepEqual(
      seal!.opens.map(({ first, last }) => [first, last]),
      [
        [90, 405],
        [410, 415],
        [420, 425],
        [430, 435],
        [440, 445],
        [450, 455],
      ],
    );

    const wrong = { ...some, last: 202 };
    assert.equal(await refusal(await handOver(listing, [wrong]), 422), 'seeds-wrong');
    assert.equal(
      await refusal(await handOver(listing, [some], otherKey), 404),
      'listing-not-found',
    );
    const open = await list(mirrored(await writer()));
    assert.equal(await refusal(await handOver(open, [some]), 409), 'feed-open');
    const hosted = await list({ origin: 'hosted', ...sealed });
    assert.equal(await refusal(await handOver(hosted, [some]), 409), 'feed-hosted');
  });

  it('proves by the writer’s signature that the feed is his, and publishes it only then', async () => {
    const core = await writer();
    const listing = await list(mirrored(core));
    assert.equal(listing.provenance, null);
    assert.equal(await refusal(await publish(listing), 409), 'ownership-unproved');
    const before = await stateOf(listing);
    assert.equal(before.ownership!.provedAtMs, null);
    assert.equal(before.cores[0]!.length, 0);
    assert.equal(before.source!.peerKey, PEER_KEY);
    const answer = await prove(listing, await signed(listing, [core]));
    assert.equal(answer.status, 200, await answer.clone().text());
    const proved = feedStateShape.parse(await answer.json());
    assert.ok(proved.ownership!.provedAtMs);
    assert.equal((await publish(listing)).status, 200);
  });

  it('shows where the feed comes from, for everybody to check', async () => {
    const core = await writer();
    const listing = await list(mirrored(core));
    await prove(listing, await signed(listing, [core]));
    await publish(listing);
    const answer = await fetch(`${market.server.url}/v1/listings/${listing.slug}`);
    const { provenance, feed } = listingShape.parse(await answer.json());
    const marketKey = market.deps.keys.signing.publicKey;
    assert.equal(provenance!.origin, 'mirrored');
    assert.deepEqual(provenance!.cores[0]!.key, feed.cores[0]!.key);
    assert.equal(verifyProvenance(marketKey, provenance!), 'genuine');
    const [given] = provenance!.proof!.cores;
    const stripped = { ...provenance!, proof: { ...provenance!.proof!, cores: [] } };
    assert.ok(given);
    assert.equal(verifyProvenance(marketKey, stripped), 'unproved');
  });

  it('sees the market attest that it holds the writer of a hosted feed', async () => {
    const listing = await list({ kind: 'hyperdrive' });
    const read = async () => {
      const answer = await send('GET', `/v1/seller/listings/${listing.slug}`);
      return listingShape.parse(await answer.json()).provenance;
    };
    await until(async () => (await read()) !== null);
    const provenance = (await read())!;
    assert.equal(provenance.origin, 'hosted');
    assert.equal(provenance.cores.length, 2);
    assert.equal(verifyProvenance(market.deps.keys.signing.publicKey, provenance), 'genuine');
    const state = await stateOf(listing);
    assert.equal(state.source, null);
    assert.equal(state.ownership, null);
    assert.equal(await refusal(await prove(listing, [anyProof()]), 409), 'feed-hosted');
  });

  it('is refused with proofs that are not the writer’s', async () => {
    const core = await writer();
    const other = await writer();
    const listing = await list(mirrored(core));
    const [proof] = await signed(listing, [core]);
    const foreign = await list(mirrored(core));
    const [relayed] = await signed(foreign, [core]);
    const forged = [
      { ...proof!, signature: '00'.repeat(64) },
      { ...proof!, signature: relayed!.signature },
      { ...proof!, manifest: other.getManifest({ raw: true })!.toString('hex') },
      { coreKey: proof!.coreKey, signature: proof!.signature },
    ];
    for (const wrong of forged) {
      assert.equal(await refusal(await prove(listing, [wrong]), 422), 'proof-wrong');
    }
    const elsewhere = { ...proof!, coreKey: other.key.toString('hex') };
    assert.equal(await refusal(await prove(listing, [elsewhere]), 422), 'proof-missing');
    assert.equal((await stateOf(listing)).ownership!.provedAtMs, null);
    assert.equal(await market.db.prisma.feedCore.count({ where: { feedId: listing.feed.id } }), 0);
  });

  it('proves a core whose key is a public key without a manifest', async () => {
    const keyPair = crypto.keyPair();
    const key = keyPair.publicKey.toString('hex');
    const feed = { origin: 'mirrored', peerKey: PEER_KEY, cores: [{ role: 'data', key }] };
    const listing = await list(feed);
    const { text } = (await stateOf(listing)).ownership!.toSign[0]!;
    const signature = crypto.sign(Buffer.from(text), keyPair.secretKey).toString('hex');
    assert.equal((await prove(listing, [{ coreKey: key, signature }])).status, 200);
  });

  it('proves both cores of a Hyperdrive, at once or not at all', async () => {
    const drive = new Hyperdrive(store.namespace('a drive'));
    await drive.ready();
    const { core: blobs } = await drive.getBlobs();
    const cores = [
      { role: 'files', key: drive.core.key.toString('hex') },
      { role: 'blobs', key: blobs.key.toString('hex') },
    ];
    const listing = await list({
      kind: 'hyperdrive',
      origin: 'mirrored',
      peerKey: PEER_KEY,
      cores,
    });
    const proofs = await signed(listing, [drive.core, blobs]);
    assert.equal(await refusal(await prove(listing, proofs.slice(0, 1)), 422), 'proof-missing');
    assert.equal((await prove(listing, proofs)).status, 200);
    assert.equal((await stateOf(listing)).cores.length, 2);
    await drive.close();
  });

  it('is not kept away by somebody who only claims his core', async () => {
    const core = await writer();
    const squatted = await list(mirrored(core), otherKey);
    const listing = await list(mirrored(core));
    assert.equal((await prove(listing, await signed(listing, [core]))).status, 200);
    const late = await prove(squatted, await signed(squatted, [core], otherKey), otherKey);
    assert.equal(await refusal(late, 409), 'core-taken');
    assert.equal(await refusal(await create(mirrored(core), otherKey), 409), 'core-taken');
  });

  it('sells an Autobase by its bootstrap, which alone is proved and attested', async () => {
    const core = await writer();
    const listing = await list({ ...mirrored(core), kind: 'autobase' });
    assert.equal((await prove(listing, await signed(listing, [core]))).status, 200);
    const other = await writer();
    await named(listing, other);
    const state = await stateOf(listing);
    assert.deepEqual(
      state.cores.map(({ role }) => role),
      ['data', 'writer-named'],
    );
    assert.equal(state.ownership!.toSign.length, 1);
    await publish(listing);
    const answer = await fetch(`${market.server.url}/v1/listings/${listing.slug}`);
    const { provenance, feed } = listingShape.parse(await answer.json());
    assert.equal(feed.cores.length, 2);
    assert.deepEqual(
      provenance!.cores.map(({ key }) => key),
      [core.key.toString('hex')],
    );
    assert.equal(verifyProvenance(market.deps.keys.signing.publicKey, provenance!), 'genuine');
  });

  it('is not kept away by an Autobase that merely names his core', async () => {
    const core = await writer();
    const bootstrap = await writer();
    const base = await list({ ...mirrored(bootstrap), kind: 'autobase' }, otherKey);
    const proofs = await signed(base, [bootstrap], otherKey);
    assert.equal((await prove(base, proofs, otherKey)).status, 200);
    await named(base, core);
    const listing = await list(mirrored(core));
    assert.equal((await prove(listing, await signed(listing, [core]))).status, 200);
    assert.equal((await stateOf(base, otherKey)).cores.length, 1);
    assert.equal(await refusal(await create(mirrored(bootstrap)), 409), 'core-taken');
  });

  it('is the only one to sell a core when two prove it in the same instant', async () => {
    const core = await writer();
    const listings = [await list(mirrored(core)), await list(mirrored(core))];
    const proofs = await Promise.all(listings.map((listing) => signed(listing, [core])));
    const answers = await Promise.all(listings.map((listing, i) => prove(listing, proofs[i]!)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const rows = await market.db.prisma.feedCore.count({
      where: { key: Uint8Array.from(core.key) },
    });
    assert.equal(rows, 1);
  });

  it('A35 is a stranger to the feeds of others', async () => {
    const core = await writer();
    const listing = await list(mirrored(core));
    const proofs = await signed(listing, [core]);
    const path = `/v1/seller/listings/${listing.slug}/feed`;
    const seen = await send('GET', path, undefined, otherKey);
    assert.equal(await refusal(seen, 404), 'listing-not-found');
    assert.equal(await refusal(await prove(listing, proofs, otherKey), 404), 'listing-not-found');
  });

  it('A39 is told which part of a feed makes no sense', async () => {
    const core = (await writer()).key.toString('hex');
    const data = { role: 'data', key: core };
    const feeds = [
      { origin: 'mirrored' },
      { origin: 'mirrored', peerKey: PEER_KEY },
      { origin: 'mirrored', cores: [data] },
      { origin: 'mirrored', peerKey: PEER_KEY, cores: [] },
      { origin: 'mirrored', peerKey: PEER_KEY, cores: [data, data] },
      { origin: 'mirrored', peerKey: PEER_KEY, cores: [{ role: 'files', key: core }] },
      { origin: 'mirrored', kind: 'hyperdrive', peerKey: PEER_KEY, cores: [data] },
      { origin: 'hosted', kind: 'autobase' },
      { origin: 'hosted', peerKey: PEER_KEY },
      { origin: 'hosted', cores: [data] },
      { origin: 'mirrored', peerKey: 'no key', cores: [data] },
    ];
    for (const feed of feeds) {
      const answer = await create(feed);
      assert.equal(answer.status, 400, JSON.stringify(feed));
      const { errors } = problemShape.parse(await answer.json());
      assert.ok(errors!.every(({ pointer }) => pointer.startsWith('#/feed')));
    }
  });

  it('mirrors a feed with the program in examples', async () => {
    const slug = `mirror-${randomBytes(4).toString('hex')}`;
    const program = spawn(process.execPath, ['examples/mirror.ts'], {
      env: {
        ...process.env,
        DAZAAR_API_KEY: market.apiKey,
        DAZAAR_URL: market.server.url,
        DAZAAR_LISTING: slug,
        MIRROR_DIRECTORY: join(directory.path, 'mirror'),
      },
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    try {
      const copied = async () => {
        const feed = await market.db.prisma.feed.findFirst({
          where: { listing: { slug, state: 'live' } },
          include: { cores: true },
        });
        return (feed?.cores[0]?.length ?? 0n) >= 3n;
      };
      await until(copied);
      const answer = await send('GET', `/v1/seller/listings/${slug}/feed`);
      const { cores, source } = feedStateShape.parse(await answer.json());
      assert.ok(cores[0]!.lagBlocks! <= 1);
      assert.ok(source!.seenAtMs);
    } finally {
      program.stdin.end();
    }
  });
});

function anyProof() {
  return { coreKey: '00'.repeat(32), signature: '00'.repeat(64) };
}
