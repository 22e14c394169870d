import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { Router } from 'express';
import { ownPath } from '../../server/pages/own-path.ts';
import { openWebsite } from '../../server/pages/pages.ts';
import { type HttpBrowser, httpBrowser } from '../support/http-browser.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { invoiceOf, openPayee } from '../support/payee.ts';
import { listFeed, pay, readOrder, type ShopListing, until } from '../support/shop.ts';

const FREE = [{ name: 'free', kind: 'free', priceMsat: '0' }];
const HOURLY = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];
const STACK = /at .*\.ts:\d+|node_modules|prisma|postgres/i;

describe('attacks on the website', () => {
  let market: TestMarket;
  let free: ShopListing;
  let paid: ShopListing;
  let ada: HttpBrowser;
  let own: string;
  let slow: Promise<number>;

  before(async () => {
    market = await startMarket();
    [free, paid] = await Promise.all([
      listFeed(market, [{ n: 1 }, { n: 2 }], FREE),
      listFeed(market, [{ n: 1 }], HOURLY),
    ]);
    slow = sendSlowly(browser());
    slow.catch(() => {});
    ada = browser();
    await openAccount(ada);
    own = `own-${randomBytes(4).toString('hex')}`;
    const listing = { slug: own, title: own, description: '', licence: 'CC0-1.0', plans: HOURLY };
    const made = await ada.send('/v1/seller/listings', {
      method: 'POST',
      body: JSON.stringify({ ...listing, blockSchema: {} }),
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(made.status, 201, await made.text());
  });
  after(() => market[Symbol.asyncDispose]());

  const browser = () => httpBrowser(market.server.url);

  it('A41 a way back that is written in a roundabout way leads to no other site', async () => {
    const ways = [
      '/.//evil.example',
      '/a/..//evil.example',
      '/%2e//evil.example',
      '/./\\evil.example',
    ];
    for (const way of ways) assert.equal(ownPath(way), null, way);
    assert.equal(ownPath('/shelf?x=//y#z'), '/shelf?x=//y#z');

    const buyer = browser();
    const order = await buyer.order(paid.slug, { plan: 'hour' });
    const { invoice } = await json(await buyer.send(`/v1${order}`));
    for (const way of ways) {
      const query = new URLSearchParams({ bolt11: invoice.bolt11, next: way });
      const page = await (await buyer.send(`/wallet/pay?${query}`)).text();
      assert.match(page, /Leave it/);
      assert.doesNotMatch(page, /href="[^"]*evil/, way);
    }
  });

  it('A36 a claim code is shown to whoever ordered, and not to the next one at the same screen', async () => {
    const buyer = browser();
    await openAccount(buyer);
    const order = await buyer.order(free.slug, { plan: 'free' });
    const code = claimCodeIn(await buyer.text(order));
    assert.ok(code);

    await buyer.post('/logout', await buyer.fieldsAt('/help'));
    assert.equal(claimCodeIn(await buyer.text(order)), null);
    assert.doesNotMatch(await buyer.text(order), new RegExp(code));
    const again = await buyer.post(`${order}/again`, await buyer.fieldsAt('/login'));
    assert.equal(again.status, 303);
    assert.equal(claimCodeIn(await buyer.text(again.headers.get('location')!)), null);
  });

  it('A35 a form that somebody else filled in shows its order to nobody else', async () => {
    const [buyer, thief] = [browser(), browser()];
    const path = `/listings/${free.slug}/buy?plan=free`;
    const fields = await buyer.fieldsAt(path);
    const order = await buyer.order(free.slug, fields);
    const code = claimCodeIn(await buyer.text(order));
    assert.equal(await buyer.order(free.slug, fields), order, 'sent twice, it is one order');

    const { csrf } = await thief.fieldsAt(path);
    const other = await thief.order(free.slug, { ...fields, csrf: csrf! });
    assert.notEqual(other, order);
    assert.notEqual(claimCodeIn(await thief.text(other)), code);
  });

  it('A35 who knows the address of an order reads, moves and is repaid nothing', async () => {
    const [buyer, stranger] = [browser(), browser()];
    const order = await buyer.order(free.slug, { plan: 'free' });
    const { grant } = await json(await buyer.send(`/v1${order}`));
    assert.equal((await buyer.send(`/shelf/${grant.id}`)).status, 200);
    await stranger.order(free.slug, { plan: 'free' });

    const page = await stranger.text(order);
    assert.equal(claimCodeIn(page), null);
    assert.doesNotMatch(page, /href="\/shelf\/[\da-f-]{36}/);
    for (const path of ['', '/tail', '/download', '/files/a']) {
      assert.equal((await stranger.send(`/shelf/${grant.id}${path}`)).status, 404, path);
    }
    const { csrf } = await stranger.fieldsAt('/shelf/open');
    const to = randomBytes(32).toString('hex');
    for (const what of ['move', 'remove']) {
      const answer = await stranger.post(`/shelf/${grant.id}/${what}`, { csrf: csrf!, to });
      assert.equal(answer.status, 404, what);
    }
    const again = await stranger.post(`${order}/again`, { csrf: csrf! });
    assert.equal(again.status, 303);
    assert.equal((await stranger.send(`/shelf/${grant.id}`)).status, 404, 'not for ordering again');
  });

  it('A22 what is owed back is paid once, to whoever ordered', async () => {
    const [buyer, stranger] = [browser(), browser()];
    const { prisma } = market.db;
    const order = await buyer.order(paid.slug, { plan: 'hour' });
    const orderId = order.slice('/orders/'.length);
    const where = { listing: { slug: paid.slug } };
    await prisma.plan.updateMany({ where, data: { retiredAt: new Date() } });
    await prisma.order.update({ where: { id: orderId }, data: { state: 'lapsed' } });
    await pay(connect(market.sandbox.nodes.buyer), await readOrder(market, orderId));
    await until(async () => (await readOrder(market, orderId)).refundableMsat !== '0');
    await prisma.plan.updateMany({ where, data: { retiredAt: null } });

    const payee = openPayee(market.sandbox.nodes.buyer);
    const claim = async (visitor: HttpBrowser) => {
      const { csrf } = await visitor.fieldsAt('/login');
      const bolt11 = await invoiceOf(payee, 4_000n);
      const token = randomBytes(16).toString('base64url');
      const answer = await visitor.post(`${order}/refund`, { csrf: csrf!, bolt11, token });
      return { status: answer.status, text: await answer.text() };
    };
    assert.match((await claim(stranger)).text, /Only who ordered/);
    assert.equal(await prisma.payout.count({ where: { orderId } }), 0);
    const claims = await Promise.all([claim(buyer), claim(buyer), claim(buyer)]);
    assert.equal(claims.filter(({ status }) => status === 303).length, 1);
    assert.equal(await prisma.payout.count({ where: { orderId } }), 1);
  });

  it('the token of a form is another one in each answer, and tells nothing of the cookie', async () => {
    const guest = browser();
    const [one, other] = [await guest.fieldsAt('/login'), await guest.fieldsAt('/login')];
    assert.notEqual(one.csrf, other.csrf);
    for (const cookie of guest.cookies()) assert.ok(!cookie.includes(one.csrf!));
    const typed = { email: 'nobody@example.org', password: 'some password or other' };
    for (const { csrf } of [one, other]) {
      assert.equal((await guest.post('/login', { ...typed, csrf: csrf! })).status, 422);
    }
    const { csrf } = await browser().fieldsAt('/login');
    assert.equal((await guest.post('/login', { ...typed, csrf: csrf! })).status, 403);
  });

  it('A34 takes no form of any page without its token, of another browser, or from elsewhere', async () => {
    const { csrf: foreign } = await browser().fieldsAt('/login');
    const { csrf } = await ada.fieldsAt('/desk/settings');
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const cases: [what: string, init: RequestInit][] = [
      ['no token', { headers: type, body: 'a=b' }],
      ['a foreign token', { headers: type, body: `csrf=${foreign}` }],
      ['two tokens', { headers: type, body: `csrf=${foreign}&csrf=${csrf}` }],
      ['JSON', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ csrf }) }],
      ['text', { headers: { 'content-type': 'text/plain' }, body: `csrf=${csrf}` }],
      ['no body', {}],
      ['elsewhere', { headers: { ...type, origin: 'https://evil.example' }, body: `csrf=${csrf}` }],
      ['nowhere', { headers: { ...type, origin: 'null' }, body: `csrf=${csrf}` }],
    ];
    const paths = await postPaths();
    assert.ok(paths.length > 30, `${paths.length} forms`);
    for (const path of paths) {
      for (const [what, init] of cases) {
        const isForm = what !== 'elsewhere' && what !== 'nowhere';
        // What is sent as a form with files has to be one.
        if (path.endsWith('/data') && isForm) continue;
        const answer = await ada.send(path, { method: 'POST', ...init });
        assert.equal(answer.status, 403, `${path}: ${what}`);
      }
    }
    const form = new FormData();
    form.set('file', new Blob(['n\n1\n']), 'a.csv');
    const upload = await ada.send(`/desk/listings/${own}/data`, { method: 'POST', body: form });
    assert.equal(upload.status, 403);
    assert.equal((await ada.send('/desk')).status, 200, 'still logged in');
  });

  it('A32 answers whatever stands in an address with a page, and shows nothing of its inside', async () => {
    const [order, grant] = await orderOf(ada);
    const nasty = [
      'constructor',
      '__proto__',
      '%00',
      '%ED%A0%80',
      '99999999999999999999',
      "'%22%3E%3Cscript%3E",
      '%0d%0aSet-Cookie:a=b',
      'a'.repeat(6_000),
    ];
    const pages: [path: string, names: string][] = [
      ['/', 'q kind tag sort cursor'],
      ['/login', 'next'],
      ['/wallet', 'payment invoice'],
      ['/wallet/pay', 'bolt11 next'],
      ['/shelf', 'done'],
      ['/shelf/open', 'code'],
      [`/shelf/${grant}`, 'start at'],
      [`/shelf/${grant}/download`, 'start end format'],
      [`/listings/${paid.slug}`, 'plan'],
      [`/listings/${paid.slug}/buy`, 'plan quantity key'],
      ['/desk', 'days'],
      ['/desk/sales', 'listing state buyerKey from cursor'],
      ['/desk/sales.csv', 'listing from'],
      ['/desk/buyers', 'listing state cursor'],
      ['/desk/messages', 'listing show name buyerKey cursor done'],
      ['/desk/messages/new', 'listing'],
      ['/desk/money/payouts', 'cursor'],
      ['/desk/money/movements', 'cursor'],
      ['/desk/keys', 'done'],
      ['/desk/listings', 'state cursor'],
      [`/desk/listings/${own}`, 'done'],
      [`/desk/listings/${own}/data`, 'cursor'],
    ];
    for (const value of nasty) {
      const paths = pages.flatMap(([page, names]) =>
        names.split(' ').map((name) => `${page}?${name}=${value}`),
      );
      await Promise.all(paths.map(ask));
      const ids = [
        `/orders/${value}`,
        `/shelf/${value}`,
        `/listings/${value}`,
        `/desk/messages/${own}/${value}`,
        `${order}/${value}`,
      ];
      await Promise.all([...ids, `/listings/${value}/picture.png`].map(ask));
    }

    async function ask(path: string) {
      const answer = await ada.send(path, { headers: { accept: 'text/html' } });
      const text = await answer.text();
      assert.ok(answer.status < 500, `${path.slice(0, 200)}: ${answer.status}`);
      if (answer.status >= 400) assert.doesNotMatch(text, STACK, path);
      assert.doesNotMatch(text, /<script>/, path);
      assert.doesNotMatch(answer.headers.get('location') ?? '', /^(https?:)?[/\\]{2}/, path);
      const type = answer.headers.get('content-type') ?? '';
      if (!type.startsWith('text/html') || answer.status === 303) return;
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'.*script-src 'nonce-/, path);
      assert.equal(answer.headers.get('cache-control'), 'no-store', path);
    }
  });

  it('A32 takes whatever stands in a form, and breaks on nothing of it', async () => {
    const [order, grant] = await orderOf(ada);
    const { csrf } = await ada.fieldsAt('/desk/settings');
    const deep = `a${'[b]'.repeat(2_000)}=1`;
    const bodies = [
      '__proto__=1&constructor=2&toString=3&do=constructor&unit=constructor',
      'to=%00&code=%00&name=%00&text=%00&card=%00&url=%00&label=%00&reason=%00&title=%00',
      'to=%FF&code=%ED%A0%80&name=%FF&text=%FF&card=%FF&bolt11=%FF&holder=shelf:%FF',
      `${deep}&holder=shelf:__proto__&token=__proto__&quantity=1e9&amountSats=1e400&memo=%00`,
      'plan=%00&holder=code&keyCode=%00&acceptTerms=zz&email=%00&password=%00&next=%0d%0a',
      Array.from({ length: 900 }, (_, n) => `field-${n}-name=a&plan-${n}-kind=time`)
        .slice(0, 400)
        .join('&'),
    ];
    const paths = (await postPaths(order, grant)).filter(
      (path) => !/logout|\/remove|finish/.test(path),
    );
    for (const path of paths) await Promise.all(bodies.map((body) => send(path, body)));
    const many = `csrf=${csrf}${'&a=1'.repeat(10_000)}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const flood = await ada.send('/desk/settings', { method: 'POST', headers, body: many });
    assert.equal(flood.status, 413);

    async function send(path: string, body: string) {
      const answer = await ada.send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
        body: `csrf=${csrf}&${body}`,
      });
      const text = await answer.text();
      assert.ok(answer.status < 500, `${path} ${body.slice(0, 80)}: ${answer.status}`);
      if (answer.status >= 400) assert.doesNotMatch(text, STACK, path);
    }
  });

  it('A35 a file of a drive is named below the drive, and nothing above it', async () => {
    const [, grant] = await orderOf(ada);
    // Written to the socket as it is: fetch would take the dots out.
    const path = `/shelf/${grant}/files/%2e%2e/blocks`;
    const { status } = await ask(path, { cookie: ada.cookies().join('; ') });
    assert.equal(status, 404);
  });

  it('A40 names its own address in links, whatever a request calls it', async () => {
    const buyer = browser();
    const order = await buyer.order(paid.slug, { plan: 'hour' });
    const forged = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
    };
    const listing = `/listings/${paid.slug}`;
    const paths = ['/', '/login', '/nothing', '/sitemap.xml', '/robots.txt', '/desk', order];
    for (const path of [...paths, listing, `${listing}/buy`, '/v1/openapi.json']) {
      const { text, headers } = await ask(path, { ...forged, cookie: buyer.cookies().join('; ') });
      assert.ok(text.length > 0, path);
      assert.doesNotMatch(text, /evil\.example/, path);
      assert.doesNotMatch(JSON.stringify(headers), /evil\.example/, path);
    }
  });

  it('sends no password back that was typed', async () => {
    const guest = browser();
    const secret = 'correct horse battery';
    for (const path of ['/login', '/register']) {
      const { csrf } = await guest.fieldsAt(path);
      const typed = { csrf: csrf!, email: 'not an email', name: 'Eve', password: secret };
      const answer = await guest.post(path, typed);
      assert.equal(answer.status, 422);
      assert.doesNotMatch(await answer.text(), new RegExp(secret), path);
    }
  });

  it('answers HEAD where data streams without an end', async () => {
    const [, grant] = await orderOf(ada);
    const signal = AbortSignal.timeout(3_000);
    const answer = await ada.send(`/shelf/${grant}/tail`, { method: 'HEAD', signal });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  });

  it('waits no longer for a slow form than for a slow document', async () => {
    assert.equal(await slow, 408);
  });

  /** The status that somebody is answered who sends a form a byte a second. */
  async function sendSlowly(visitor: HttpBrowser): Promise<number> {
    const { csrf } = await visitor.fieldsAt('/login');
    const headers = {
      cookie: visitor.cookies().join('; '),
      origin: market.server.url,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '200000',
    };
    const sent = request(`${market.server.url}/login`, { method: 'POST', agent: false, headers });
    sent.write(`csrf=${csrf}&a=`);
    const drip = setInterval(() => sent.write('a'), 1_000);
    try {
      const [answer] = await once(sent, 'response', { signal: AbortSignal.timeout(30_000) });
      answer.resume();
      return answer.statusCode;
    } finally {
      clearInterval(drip);
      sent.on('error', () => {}).destroy();
    }
  }

  /** Asks with a path and headers as they are, which fetch would correct. */
  async function ask(path: string, headers: Record<string, string>) {
    const sent = request(market.server.url, { path, headers, agent: false }).end();
    const [answer] = await once(sent, 'response');
    let text = '';
    for await (const chunk of answer) text += chunk;
    return { status: answer.statusCode as number, headers: answer.headers, text };
  }

  /** A free order in the browser: its page, and what it bought. */
  async function orderOf(visitor: HttpBrowser): Promise<[order: string, grant: string]> {
    const order = await visitor.order(free.slug, { plan: 'free' });
    const { grant } = await json(await visitor.send(`/v1${order}`));
    await until(async () => (await visitor.text(`/shelf/${grant.id}`)).includes('<table'));
    return [order, grant.id];
  }

  async function openAccount(visitor: HttpBrowser): Promise<void> {
    const email = `${randomBytes(6).toString('hex')}@example.org`;
    const answer = await visitor.send('/v1/accounts', {
      method: 'POST',
      body: JSON.stringify({ name: 'Ada', email, password: 'four grey herons stand' }),
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 201, await answer.text());
  }

  /** The paths of all forms that the website takes. */
  async function postPaths(order = `/orders/${NOBODY}`, grant = NOBODY): Promise<string[]> {
    const { url } = market.server;
    const deps = { ...market.deps, name: 'x', network: 'sandbox', origin: () => url };
    const website = await openWebsite({ ...deps, playWallet: {} } as never);
    const paths = website.routes.flatMap(postsOf);
    return paths.map((path) =>
      path
        .replace('/orders/:id', order)
        .replace('/shelf/:grantId', `/shelf/${grant}`)
        .replace('/desk/listings/:slug', `/desk/listings/${own}`)
        .replace(':slug', paid.slug)
        .replace(':change', 'revoke')
        .replace(/:\w+/g, NOBODY),
    );
  }
});

const NOBODY = '019ab3c4-0000-7000-8000-000000000000';

function postsOf(handler: unknown): string[] {
  const { stack = [] } = handler as Partial<Router>;
  return stack.flatMap(({ route, handle }) => {
    if (!route) return postsOf(handle);
    const { methods } = route as unknown as { methods: Record<string, boolean> };
    return methods.post ? [String(route.path)] : [];
  });
}

function claimCodeIn(page: string): string | null {
  return (
    /npx dazaar claim (\S+)/.exec(page)?.[1] ??
    /claim-code"><code[^>]*>([^<]+)/.exec(page)?.[1] ??
    null
  );
}

// biome-ignore lint/suspicious/noExplicitAny: an order, of which a test wants a part
async function json(answer: Response): Promise<any> {
  return answer.json();
}
