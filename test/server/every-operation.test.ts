import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import Corestore from 'corestore';
import crypto from 'hypercore-crypto';
import * as api from '../../client/market.ts';
import type { OpenApiDocument } from '../../contract/openapi/document.ts';
import { SCOPES } from '../../contract/operation.ts';
import { order as orderShape } from '../../contract/order.ts';
import { sendToSeller } from '../../flow/send-message.ts';
import { narrowSeeds, rootSeeds, writeSeeds } from '../../protocol/epoch-tree.ts';
import { connectSandbox } from '../../sandbox/client.ts';
import { temporaryDirectory } from '../seeder/loopback.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { invoiceOf, openPayee } from '../support/payee.ts';
import { startReceiver } from '../support/receiver.ts';
import { pay, until } from '../support/shop.ts';
import { anEmail, PASSWORD } from './browser.ts';
import { Wallet } from './wallet.ts';
import { got, Witness } from './witness.ts';

const HOUR_MS = 3_600_000;
const PRICE_MSAT = 1_000_000n;
const MAX_FEE_MSAT = '20000';
const TIDES = 'tides';
const PLANS = [
  { name: 'hour', kind: 'time' as const, periodMs: HOUR_MS, priceMsat: `${PRICE_MSAT}` },
  { name: 'gift', kind: 'free' as const },
];
const WRITTEN = { description: '', licence: 'CC0-1.0', blockSchema: {}, plans: PLANS };
const SELLERS = { name: 'Weather & Sons', email: anEmail(), password: PASSWORD };
const NEW_PASSWORD = `${PASSWORD} indeed`;

describe('every operation of a market', () => {
  let market: TestMarket;
  let witness: Witness;
  let anybody: api.Client;
  let browser: api.Client;
  let program: api.Client;
  let gatewayUrl: string;
  const buyer = new BuyerKey();
  before(async () => {
    market = await startMarket();
    const document = await got(api.readDocument({ client: api.marketAt(market.server.url) }));
    witness = new Witness(document as unknown as OpenApiDocument);
    anybody = witness.client(market.server.url);
    browser = witness.browser(market.server.url);
  });
  after(() => market[Symbol.asyncDispose]());

  const once = () => ({ 'Idempotency-Key': randomBytes(16).toString('hex') });
  const draft = (slug: string, more: object = {}) =>
    got(api.createListing({ client: program, body: { slug, title: slug, ...WRITTEN, ...more } }));
  const publish = (slug: string) => got(api.publishListing({ client: program, path: { slug } }));
  const order = async (listing: string, plan: string, buyerKey?: string) => {
    const { terms } = await got(api.readListing({ client: anybody, path: { slug: listing } }));
    const accepted = terms && { acceptTerms: terms.hash };
    const body = { listing, plan, ...accepted, ...(buyerKey && { buyerKey }) };
    return got(api.placeOrder({ client: anybody, headers: once(), body }));
  };
  const tokenOf = async (key: BuyerKey, listing?: string) =>
    (await got(api.createToken({ client: anybody, body: key.tokenRequest(market, listing) })))
      .token;
  const asBuyer = async () => witness.client(market.server.url, await tokenOf(buyer));
  /** A client of the gateway with a token for a listing, which the buyer has been given. */
  const atGateway = async (slug: string) => {
    const { grant } = await order(slug, 'gift', buyer.hex);
    const client = witness.client(gatewayUrl, await tokenOf(buyer, slug));
    const path = { feedId: grant!.feedId };
    await until(async () => (await api.readHead({ client, path })).response?.status === 200);
    return { client, path };
  };

  it('a market says who it is, and that it is well', async () => {
    const { gateways } = await got(api.readMarket({ client: anybody }));
    gatewayUrl = gateways[0]!;
    await got(api.readDocument({ client: anybody }));
    assert.deepEqual(await got(api.isAlive({ client: anybody })), { ok: true });
    assert.equal((await got(api.isReady({ client: anybody }))).ok, true);
  });

  it('a seller opens an account, changes it, and logs out and in again', async () => {
    const client = browser;
    const { id } = await got(api.createAccount({ client, body: SELLERS }));
    assert.equal((await got(api.readSession({ client }))).account.id, id);
    const homepage = 'https://weather.example';
    assert.equal((await got(api.changeAccount({ client, body: { homepage } }))).homepage, homepage);
    assert.equal((await got(api.readAccount({ client }))).homepage, homepage);
    const passwords = { oldPassword: PASSWORD, newPassword: NEW_PASSWORD };
    await got(api.changePassword({ client, body: passwords }));
    await got(api.logOut({ client }));
    assert.equal((await api.readSession({ client })).response?.status, 401);
    const login = { email: SELLERS.email, password: NEW_PASSWORD };
    assert.equal((await got(api.logIn({ client, body: login }))).id, id);
    const body = { email: anEmail(), password: NEW_PASSWORD };
    assert.equal((await got(api.changeEmail({ client, body }))).email, body.email);
  });

  it('another logs in with a wallet', async () => {
    const client = witness.browser(market.server.url);
    const wallet = new Wallet();
    const { k1 } = await got(api.startWalletLogin({ client }));
    assert.equal((await got(api.finishWalletLogin({ client }))).state, 'pending');
    const query = { tag: 'login', k1, sig: wallet.sign(k1), key: wallet.key };
    const answer = await got(api.answerWalletLogin({ client: anybody, query }));
    assert.equal(answer.status, 'OK');
    assert.equal((await got(api.finishWalletLogin({ client }))).account?.hasWallet, true);
    const body = { email: anEmail(), password: PASSWORD };
    assert.equal((await got(api.addLogin({ client, body }))).email, body.email);
    await got(api.unlinkWallet({ client }));
    assert.equal((await got(api.readAccount({ client }))).hasWallet, false);
    await got(api.endSessions({ client }));
    assert.equal((await api.readSession({ client })).response?.status, 401);
  });

  it('a seller makes an API key for a program, replaces it, and revokes the old one', async () => {
    const client = browser;
    const body = { label: 'ingest', scopes: [...SCOPES] };
    const old = await got(api.createApiKey({ client, body }));
    const path = { id: old.apiKey.id };
    const { key } = await got(api.rotateApiKey({ client, path, body: { overlapSeconds: 60 } }));
    await got(api.revokeApiKey({ client, path }));
    assert.equal((await got(api.listApiKeys({ client }))).apiKeys.length, 2);
    program = witness.client(market.server.url, key);
  });

  it('a seller writes a listing, fills its feed and puts it on sale', async () => {
    const client = program;
    const path = { slug: TIDES };
    const blockSchema = { type: 'object', properties: { level: { type: 'number' } } };
    const preview = { from: 'first', blocks: 1 };
    await draft(TIDES, { terms: 'Do not resell.', preview, blockSchema });
    const { blocks } = await got(
      api.appendBlocks({
        client,
        path,
        query: { batchId: 'one' },
        headers: { 'Content-Type': 'application/x-ndjson' },
        body: '{"level":1}\n{"level":2}\n',
        bodySerializer: null,
      }),
    );
    assert.equal(blocks, 2);
    const row = { client, path, query: { batchId: 'two' }, body: { level: 3 } };
    assert.equal((await got(api.appendBlocks(row))).firstIndex, 2);
    const { cores } = await got(api.readFeedState({ client, path }));
    assert.equal(cores[0]?.length, 3);
    const headers = { 'if-match': '*' };
    await got(api.changeListing({ client, path, headers, body: { title: 'Tide gauges' } }));
    await publish(TIDES);
    assert.equal((await got(api.unlistListing({ client, path }))).state, 'unlisted');
    await publish(TIDES);
    assert.equal((await got(api.readOwnListing({ client, path }))).state, 'live');
    assert.equal((await got(api.listOwnListings({ client }))).listings[0]?.slug, TIDES);
  });

  it('anybody finds it, sees a preview of it and reads its terms', async () => {
    const client = anybody;
    const path = { slug: TIDES };
    const { listings } = await got(api.searchListings({ client, query: { q: 'tide' } }));
    assert.deepEqual(
      listings.map(({ slug }) => slug),
      [TIDES],
    );
    const { terms } = await got(api.readListing({ client, path }));
    const { text } = await got(api.readTerms({ client, path: { hash: terms!.hash } }));
    assert.equal(text, 'Do not resell.');
    await until(async () => (await got(api.previewListing({ client, path }))).items.length === 1);
  });

  it('a seller makes a draft of its card, and withdraws it', async () => {
    const card = await got(api.readCard({ client: anybody, path: { slug: TIDES } }));
    const path = { slug: 'tides-again' };
    const body = { card: { ...card }, ...path };
    const imported = await got(api.importCard({ client: program, body }));
    assert.deepEqual([imported.state, imported.title], ['draft', 'Tide gauges']);
    const withdrawn = await got(api.withdrawListing({ client: program, path }));
    assert.equal(withdrawn.state, 'withdrawn');
  });

  it('a seller fills a Hyperbee with entries, and a Hyperdrive with files', async () => {
    const client = program;
    await draft('prices', { feed: { kind: 'hyperbee' } });
    const entries = [
      { op: 'put' as const, key: 'tesla/2026', value: { usd: 1 } },
      { op: 'put' as const, key: 'tesla/2027', value: { usd: 2 } },
    ];
    const query = { batchId: 'one' };
    await got(api.putEntries({ client, path: { slug: 'prices' }, query, body: entries }));
    await publish('prices');

    const path = { slug: 'strikes' };
    await draft('strikes', { feed: { kind: 'hyperdrive' } });
    for (const name of ['2026/strikes.csv', 'draft.csv']) {
      const headers = { 'Content-Type': 'text/csv' };
      const body = new Blob(['a,b\n1,2\n']);
      await got(api.putFile({ client, path: { ...path, path: name }, headers, body }));
    }
    await got(api.deleteFile({ client, path: { ...path, path: 'draft.csv' } }));
    const { files } = await got(api.listFiles({ client, path }));
    assert.deepEqual(
      files.map(({ path, contentType }) => [path, contentType]),
      [['/2026/strikes.csv', 'text/csv']],
    );
    await publish('strikes');
  });

  it('a seller proves that a feed on his own machine is his', async () => {
    await using directory = await temporaryDirectory();
    const store = new Corestore(directory.path);
    const core = store.get({ name: 'tides' });
    await core.ready();
    const coreKey = core.key.toString('hex');
    const peerKey = crypto.keyPair().publicKey.toString('hex');
    const cores = [{ role: 'data' as const, key: coreKey }];
    await draft('mirror', { feed: { origin: 'mirrored', peerKey, cores } });
    const path = { slug: 'mirror' };
    const { ownership } = await got(api.readFeedState({ client: program, path }));
    const text = Buffer.from(ownership!.toSign[0]!.text);
    const signature = crypto.sign(text, core.keyPair!.secretKey).toString('hex');
    const manifest = core.getManifest({ raw: true })!.toString('hex');
    const body = { proofs: [{ coreKey, signature, manifest }] };
    const proved = await got(api.proveOwnership({ client: program, path, body }));
    assert.ok(proved.ownership?.provedAtMs);
    await store.close();
  });

  it('a seller hands over keys of a feed that he seals himself', async () => {
    const key = randomBytes(32).toString('hex');
    const cores = [{ role: 'data' as const, key }];
    const feed = { origin: 'mirrored' as const, mode: 'sealed' as const, peerKey: key, cores };
    await draft('sealed-mirror', { feed });
    const seeds = [writeSeeds(narrowSeeds(rootSeeds(randomBytes(32), randomBytes(32)), 5, 9)!)];
    const path = { slug: 'sealed-mirror' };
    const { seal } = await got(api.handOverSeeds({ client: program, path, body: { seeds } }));
    assert.deepEqual(seal?.opens, [{ first: 5, last: 9 }]);
  });

  it('a seller is told of events by a webhook', async () => {
    await using receiver = await startReceiver();
    const client = program;
    const made = await got(api.createWebhook({ client, body: { url: receiver.url } }));
    const path = { id: made.id };
    const delivery = await got(api.testWebhook({ client, path }));
    await receiver.hears('webhook.test', made.secret);
    await got(api.redeliverWebhook({ client, path: { id: delivery.id } }));
    await until(async () => receiver.received.length === 2);
    const { deliveries } = await got(api.listWebhookDeliveries({ client, path }));
    assert.equal(deliveries[0]?.id, delivery.id);
    const { secret } = await got(api.rotateWebhookSecret({ client, path }));
    assert.notEqual(secret, made.secret);
    assert.deepEqual(await got(api.readWebhookSecret({ client: browser, path })), { secret });
    await got(api.updateWebhook({ client, path, body: { description: 'books' } }));
    assert.equal((await got(api.disableWebhook({ client, path }))).state, 'disabled');
    await got(api.enableWebhook({ client, path }));
    assert.equal((await got(api.readWebhook({ client, path }))).description, 'books');
    assert.equal((await got(api.listWebhooks({ client }))).webhooks.length, 1);
    await got(api.deleteWebhook({ client, path }));
  });

  it('a buyer orders, pays, and watches the order become paid', async () => {
    const placed = await order(TIDES, 'hour', buyer.hex);
    const path = { id: placed.id };
    const { stream } = await api.watchOrder({ client: anybody, path, ...unbroken() });
    const paying = pay(connect(market.sandbox.nodes.buyer), placed);
    const states: string[] = [];
    for await (const event of stream) states.push(orderShape.strict().parse(event).state);
    await paying;
    assert.deepEqual([...new Set(states)], ['open', 'paid']);
    const { grant } = await got(api.readOrder({ client: anybody, path }));
    assert.equal(grant?.state, 'live');
    const { grants } = await got(api.listGrants({ client: await asBuyer() }));
    assert.deepEqual(
      grants.map(({ id }) => id),
      [grant.id],
    );
  });

  it('a buyer without a key is given a claim code, redeems it, and hands the access on', async () => {
    const [mine, theirs] = [new BuyerKey(), new BuyerKey()];
    const { claimCode } = await order('prices', 'gift');
    const body = { claimCode: claimCode!, buyerKey: mine.hex };
    await got(api.createToken({ client: anybody, body: { claimCode: claimCode! } }));
    await got(api.createKeyCode({ client: anybody, body: mine.keyCodeRequest(market) }));
    const claimed = await got(api.redeemClaim({ client: anybody, body }));
    assert.equal(claimed.buyerKey, mine.hex);
    const transfer = mine.transfer(market, 'prices', theirs.hex);
    const moved = await got(api.transferGrant({ client: anybody, body: transfer }));
    assert.deepEqual([moved.buyerKey, moved.state], [theirs.hex, 'live']);
  });

  it('a buyer reads blocks over the gateway, and follows them', async () => {
    const { client, path } = await atGateway(TIDES);
    assert.equal((await got(api.readHead({ client, path }))).length, 3);
    const query = { start: -2 };
    const read = async (accept: string) => {
      const headers = { accept };
      return textOf(await got(api.readBlocks({ client, path, query, headers })));
    };
    assert.equal(await read('application/x-ndjson'), '{"level":2}\n{"level":3}\n');
    assert.equal(await read('text/csv'), 'level\r\n2\r\n3\r\n');
    const block = (level: number) => `\0\0\0\x0b{"level":${level}}`;
    assert.equal(await read('application/vnd.dazaar.blocks'), block(2) + block(3));
    const enough = new AbortController();
    const { signal } = enough;
    const { stream } = await api.tailFeed({ client, path, query, signal, ...unbroken() });
    assert.deepEqual((await stream.next()).value, { level: 2 });
    enough.abort();
  });

  it('a buyer reads entries and files over the gateway', async () => {
    const bee = await atGateway('prices');
    const { entries } = await got(api.listEntries({ ...bee, query: { gt: 'tesla/2026' } }));
    assert.deepEqual(
      entries.map(({ key }) => key),
      ['tesla/2027'],
    );
    const entry = { ...bee, path: { ...bee.path, key: 'tesla/2026' } };
    assert.deepEqual((await got(api.readEntry(entry))).value, { usd: 1 });
    const drive = await atGateway('strikes');
    const { files } = await got(api.listBoughtFiles(drive));
    const file = { ...drive, path: { ...drive.path, path: files[0]!.path.slice(1) } };
    assert.equal(await textOf(await got(api.readBoughtFile(file))), 'a,b\n1,2\n');
    const range = { ...file, headers: { range: 'bytes=4-' } };
    assert.equal(await textOf(await got(api.readBoughtFile(range))), '1,2\n');
    await isToldWhenUnchanged((headers) => api.readBoughtFile({ ...file, headers }));
  });

  it('a seller sees who bought what, takes access away, gives it back, and adds to it', async () => {
    const client = program;
    const { orders } = await got(api.listSales({ client, query: { plan: 'hour' } }));
    const sale = await got(api.readSale({ client, path: { id: orders[0]!.id } }));
    assert.equal(sale.creditedMsat, `${PRICE_MSAT}`);
    assert.deepEqual([sale.commissionMsat, sale.netMsat], ['50000', '950000']);
    const { buyers } = await got(api.listBuyers({ client, path: { slug: TIDES } }));
    assert.equal(buyers[0]?.buyerKey, buyer.hex);
    const { grants } = await got(api.listGivenGrants({ client, query: { listing: 'mirror' } }));
    assert.deepEqual(grants, []);
    const path = { id: buyers[0].grant.id };
    const body = { reason: 'resold the data' };
    assert.equal((await got(api.revokeGrant({ client, path, body }))).state, 'revoked');
    assert.equal((await got(api.restoreGrant({ client, path, body }))).state, 'live');
    await got(api.extendGrant({ client, path, body: { ...body, durationMs: HOUR_MS } }));
    const { log } = await got(api.readGivenGrant({ client, path }));
    assert.ok(log.some(({ change }) => change === 'restored'));
  });

  it('a seller and a buyer write to each other', async () => {
    const client = program;
    const path = { slug: TIDES };
    const body = { to: buyer.hex, name: 'news', body: { level: 'above' } };
    const sent = await got(api.sendMessage({ client, headers: once(), path, body }));
    assert.deepEqual([sent.body, sent.reaches], [body.body, null]);
    const { grants } = await got(api.listGivenGrants({ client, query: { listing: TIDES } }));
    const said = { id: randomUUID(), feedId: grants[0]!.feedId, name: 'thanks', body: 'Good.' };
    const buyerKey = Uint8Array.from(Buffer.from(buyer.hex, 'hex'));
    await sendToSeller(market.db.prisma, { ...said, buyerKey });
    const { messages } = await got(api.listMessages({ client, query: { unread: 'true' } }));
    const { seq, body: text } = await got(
      api.readMessage({ client, path: { seq: messages[0]!.seq } }),
    );
    assert.equal(text, 'Good.');
    assert.ok((await got(api.markMessageRead({ client, path: { seq } }))).readAtMs);
  });

  it('a seller has orders and grants written into a table', async () => {
    const table = { client: program, headers: { accept: 'text/csv' } };
    assert.match(await textOf(await got(api.listSales(table))), /^id,/);
    assert.match(await textOf(await got(api.listGivenGrants(table))), /^id,/);
  });

  it('whoever has something already is told that it is the same', async () => {
    const client = anybody;
    const path = { slug: TIDES };
    const { terms } = await got(api.readListing({ client, path }));
    const { hash } = terms!;
    await isToldWhenUnchanged((headers) => api.readDocument({ client, headers }));
    await isToldWhenUnchanged((headers) => api.readListing({ client, path, headers }));
    await isToldWhenUnchanged((headers) => api.previewListing({ client, path, headers }));
    await isToldWhenUnchanged((headers) => api.readCard({ client, path, headers }));
    await isToldWhenUnchanged((headers) => api.readTerms({ client, path: { hash }, headers }));
  });

  it('a seller has the balance paid out', async () => {
    const client = program;
    const { availableMsat } = await got(api.readBalance({ client }));
    assert.equal(availableMsat, '950000');
    const body = await payTo(300_000n);
    const { id } = await got(api.createPayout({ client, headers: once(), body }));
    const read = () => got(api.readPayout({ client, path: { id } }));
    await until(async () => (await read()).state === 'paid');
    assert.equal((await got(api.listPayouts({ client }))).payouts[0]?.id, id);
    const { movements } = await got(api.listMovements({ client }));
    const balance = await got(api.readBalance({ client }));
    const sum = movements.reduce((total, { amountMsat }) => total + BigInt(amountMsat), 0n);
    assert.equal(`${sum}`, balance.availableMsat);
  });

  it('a buyer who paid too much has it paid back', async () => {
    const client = await asBuyer();
    const { id, invoice } = await order(TIDES, 'hour', buyer.hex);
    const path = { id };
    const wallet = connectSandbox(market.sandbox.nodes.buyer);
    await wallet.payOff(invoice!.bolt11, 2n * PRICE_MSAT).finally(() => wallet.close());
    const owed = async () => (await got(api.readOrder({ client: anybody, path }))).refundableMsat;
    await until(async () => (await owed()) === `${PRICE_MSAT}`);
    const body = await payTo(PRICE_MSAT - BigInt(MAX_FEE_MSAT));
    const refund = await got(api.createRefund({ client, path, headers: once(), body }));
    const read = () => got(api.readRefund({ client, path: { id: refund.id } }));
    await until(async () => (await read()).state === 'paid');
  });

  it('a seller looks at the figures of the month', async () => {
    const client = program;
    const { total } = await got(api.readRevenue({ client }));
    assert.deepEqual([total.payments, total.grossMsat], [2, `${2n * PRICE_MSAT}`]);
    const query = { listing: TIDES };
    assert.equal((await got(api.readFunnel({ client, query }))).days.at(-1)?.paid, 3);
    assert.equal((await got(api.readGrantHistory({ client, query }))).days.at(-1)?.active, 1);
    assert.equal((await got(api.readUsage({ client }))).days.length, 30);
  });

  it('leaves out none, with each success and header that is documented', () => {
    assert.deepEqual(witness.missing(), []);
  });

  async function payTo(amountMsat: bigint) {
    const payee = openPayee(market.sandbox.nodes.buyer);
    return { bolt11: await invoiceOf(payee, amountMsat), maxFeeMsat: MAX_FEE_MSAT };
  }
});

/** A stream that fails where the client would try anew. */
function unbroken() {
  return {
    onSseError: (error: unknown) => {
      throw error;
    },
  };
}

async function isToldWhenUnchanged(
  read: (headers: { 'if-none-match'?: string }) => Promise<{ response?: Response }>,
): Promise<void> {
  const first = await read({});
  const etag = first.response?.headers.get('etag');
  const again = await read({ 'if-none-match': etag! });
  assert.equal(again.response?.status, 304);
}

async function textOf(content: unknown): Promise<string> {
  return content instanceof Blob ? content.text() : String(content);
}
