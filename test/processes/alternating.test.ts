import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Order, order as orderShape } from '../../contract/index.ts';
import { Wallet } from '../server/wallet.ts';
import { freePort } from '../support/free-port.ts';
import { type HttpBrowser, httpBrowser } from '../support/http-browser.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { openShop } from '../support/processes.ts';
import { call, listFeed, pay, placeOrder, type Shopfront, until } from '../support/shop.ts';
import { type Stack, startStack } from '../support/stack.ts';

const PASSWORD = 'four grey herons stand';
const PATIENCE_MS = 20_000;
const hex = (bytes: number) => randomBytes(bytes).toString('hex');

describe('two servers of which no request goes to the same as the one before', () => {
  const owned = new AsyncDisposableStack();
  let stack: Stack;
  let shop: Shopfront;
  let servers: string[];
  before(async () => {
    stack = owned.use(await startStack());
    const { socket, cert, macaroon } = stack.lightning.nodes.buyer;
    const PORT = String(await freePort());
    const env = {
      PUBLIC_URL: `http://127.0.0.1:${PORT}`,
      SANDBOX_WALLET_SOCKET: socket,
      SANDBOX_WALLET_CERT: cert,
      SANDBOX_WALLET_MACAROON: macaroon,
    };
    const [one, other] = await Promise.all([
      // The public address is the first one's: links lead there, as a wallet's answer does.
      stack.start('server', 'one', { ...env, PORT }),
      stack.start('server', 'other', env),
      stack.start('seeder', 'seeder'),
      stack.start('workers', 'workers', { RECONCILE_SECONDS: '2' }),
    ]);
    servers = [one.url, other.url];
    shop = await openShop(stack, one.url);
  });
  after(() => owned.disposeAsync());

  // Whichever of them is first: in the end both have done each step.
  for (const first of ['one', 'other']) {
    const browser = () =>
      httpBrowser(servers[0]!, first === 'one' ? servers : servers.toReversed());

    it(`sell to one browser, order, payment, checkout and shelf, the ${first} first`, async () => {
      const { slug } = await listFeed(shop, [{ celsius: 21.5 }]);
      const ada = browser();
      const path = await ada.order(slug, { plan: 'minute' });
      const open = await orderAt(ada, path);
      assert.equal(open.state, 'open');
      const watching = servers.map((url) => untilPaid(`${url}/v1${path}/events`));
      const { bolt11 } = open.invoice!;
      const form = await ada.fieldsAt(`/wallet/pay?${new URLSearchParams({ bolt11 })}`);
      const paid = await ada.post('/wallet/pay', { ...form, bolt11, next: path });
      assert.equal(paid.headers.get('location'), path, await paid.text());
      await Promise.all(watching);
      await twice(async () => {
        const { state, grant } = await orderAt(ada, path);
        assert.equal(state, 'paid');
        assert.ok((await ada.text('/shelf')).includes(`/shelf/${grant!.id}`));
        const isShown = async () => (await ada.text(`/shelf/${grant!.id}`)).includes('21.5');
        await until(isShown, PATIENCE_MS);
        const stranger = await browser().send(`/shelf/${grant!.id}`);
        assert.equal(stranger.status, 404);
      }, ada);
    });

    it(`keep one seller’s session, to a listing on sale, the ${first} first`, async () => {
      const email = `${hex(6)}@example.org`;
      const seller = browser();
      const post = async (path: string, more: Record<string, string>, from = path) =>
        seller.post(path, { ...(await seller.fieldsAt(from)), ...more });
      const account = { name: 'Ada', email, password: PASSWORD };
      await goesTo(await post('/register', account), '/desk/listings');
      await twice(() => isAtDesk(seller, true), seller);
      await goesTo(await post('/logout', {}, '/help'), '/');
      await twice(() => isAtDesk(seller, false), seller);
      await goesTo(await post('/login', { email, password: PASSWORD }), '/desk');
      await twice(() => isAtDesk(seller, true), seller);

      const made = await post('/desk/keys', { label: 'mine', scopes: 'read', lasts: '30' });
      const page = await made.text();
      const [apiKey] = /dzr_sandbox_[0-9a-f]{16}_[\w-]{43}/.exec(page) ?? [];
      assert.ok(apiKey, page);
      for (const url of servers) {
        const own = { ...shop, server: { url }, apiKey };
        await call(own, 'GET', '/v1/seller/listings', undefined, 200);
      }

      const slug = `garden-${hex(4)}`;
      const listing = `/desk/listings/${slug}`;
      const filledIn = { ...(await seller.fieldsAt('/desk/listings/new')), ...listingForm(slug) };
      // The same form, sent to one and the other, makes one listing.
      const send = async () => goesTo(await seller.post('/desk/listings/new', filledIn), listing);
      await twice(send, seller);
      await goesTo(await post(`${listing}/publish`, {}, listing), `${listing}?done=published`);
      for (const url of servers) {
        assert.equal((await fetch(`${url}/v1/listings/${slug}`)).status, 200);
      }
      const { csrf } = await browser().fieldsAt('/login');
      await twice(async () => {
        const foreign = await seller.post(`${listing}/unlist`, { csrf: csrf! });
        assert.equal(foreign.status, 403, 'the token of another browser');
      }, seller);
    });

    it(`A36 log a wallet in, whose k1 the ${first} has made, once`, async () => {
      const wallet = new Wallet();
      const accounts: string[] = [];
      for (let login = 0; login < 2; login++) {
        const visitor = browser();
        await visitor.text('/help');
        const asked = await visitor.post('/login/wallet', await visitor.fieldsAt('/login/wallet'));
        assert.equal(asked.status, 303, await asked.text());
        const page = await visitor.text('/login/wallet');
        const [lnurl] = /LNURL1[02-9AC-HJ-NP-Z]{50,}/i.exec(page) ?? [];
        assert.ok(lnurl, page);
        assert.deepEqual(await wallet.answer(lnurl), { status: 'OK' });
        assert.equal((await wallet.answer(lnurl)).status, 'ERROR', 'told again');
        const { csrf } = await visitor.fieldsAt('/login/wallet');
        const form = { csrf: csrf!, next: '/desk' };
        await goesTo(await visitor.post('/login/wallet/finish', form), '/desk');
        await twice(() => isAtDesk(visitor, true), visitor);
        const account = await visitor.send('/v1/account');
        accounts.push(((await account.json()) as { id: string }).id);
      }
      assert.equal(accounts[0], accounts[1], 'one wallet is one account');
    });

    it(`A38 answer what the ${first} has answered with the same order`, async () => {
      const { slug } = await listFeed(shop, []);
      const [one, other] = (first === 'one' ? servers : servers.toReversed()).map((url) => ({
        ...shop,
        server: { url },
      })) as [Shopfront, Shopfront];
      const request = { idempotencyKey: hex(16), buyerKey: hex(32) };
      const order = await placeOrder(one, slug, request);
      const again = await placeOrder(other, slug, request);
      assert.equal(again.id, order.id);
      assert.equal(again.invoice!.bolt11, order.invoice!.bolt11);
      const changed = await send(other.server.url, slug, { ...request, quantity: 2 });
      assert.equal(changed.status, 422);

      const racing = { idempotencyKey: hex(16), buyerKey: hex(32) };
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => send(servers[n % 2]!, slug, racing)),
      );
      const statuses = answers.map(({ status }) => status);
      assert.ok(
        statuses.every((status) => status === 201 || status === 409),
        `${statuses}`,
      );
      const told = answers.filter(({ status }) => status === 201);
      assert.equal(new Set(told.map(({ id }) => id)).size, 1);

      await pay(connect(stack.lightning.nodes.buyer), order);
      for (const url of servers) await untilPaid(`${url}/v1/orders/${order.id}/events`);
      await checkInvariants(stack.db.prisma, connect(stack.lightning.nodes.market));
    });
  }
});

/** Does it at one server and at the other: an odd number of requests lies in between. */
async function twice(look: () => Promise<unknown>, visitor: HttpBrowser): Promise<void> {
  await look();
  await visitor.text('/help');
  await look();
}

async function orderAt(visitor: HttpBrowser, path: string): Promise<Order> {
  const answer = await visitor.send(`/v1${path}`);
  return orderShape.parse(await answer.json());
}

async function isAtDesk(visitor: HttpBrowser, expected: boolean): Promise<void> {
  assert.equal((await visitor.send('/desk')).status, expected ? 200 : 303);
}

async function goesTo(answer: Response, place: string): Promise<void> {
  assert.equal(answer.status, 303, await answer.text());
  assert.equal(answer.headers.get('location'), place);
}

/** Reads the events of an order until one says that it is paid. */
async function untilPaid(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  assert.equal(answer.status, 200);
  let text = '';
  for await (const chunk of answer.body!) {
    text += Buffer.from(chunk).toString();
    if (text.includes('"state":"paid"')) return;
  }
  assert.fail(`the stream ended with ${text}`);
}

function listingForm(slug: string): Record<string, string> {
  return {
    do: 'save',
    title: 'Garden',
    slug,
    licence: 'CC0-1.0',
    'plan-0-kind': 'time',
    'plan-0-count': '1',
    'plan-0-unit': 'hour',
    'plan-0-amount': '5',
    'plan-0-currency': 'sat',
  };
}

async function send(
  url: string,
  listing: string,
  { idempotencyKey, ...more }: { idempotencyKey: string; buyerKey: string; quantity?: number },
): Promise<{ status: number; id: string }> {
  const answer = await fetch(`${url}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify({ listing, plan: 'minute', quantity: 1, ...more }),
  });
  const { id } = (await answer.json()) as { id: string };
  return { status: answer.status, id };
}
