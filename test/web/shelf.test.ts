import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openAccount } from '../../flow/accounts.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, send } from '../support/request.ts';
import { listFeed, type ShopListing } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '5000' },
  { name: 'gift', kind: 'free' },
  { name: 'taste', kind: 'trial', periodMs: HOUR_MS },
];
/** More than the other tests need. */
const GUESSES = 40;
const EMAIL = 'ada@example.org';
const PASSWORD = 'a long enough password';

const skip = await browserMissing();

describe('the shelf', { skip }, () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    const limits = { guesses: { amount: GUESSES, windowSeconds: 900 } };
    market = await startMarket({ limits });
    listing = await listFeed(market, [{ i: 0 }, { i: 1 }], PLANS, {
      title: 'Tides <b>of</b> Brest',
    });
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  const open = (more: Partial<Parameters<typeof visitor>[0]> = {}) =>
    visitor({ origin: market.server.url, ...more });
  const order = (body: object) =>
    answered(
      send(market, '/v1/orders', { body: { listing: listing.slug, plan: 'gift', ...body } }),
      201,
    );
  const items = (page: Page) => page.locator('.shelf-item');
  const keyCode = async (key: BuyerKey) => {
    const body = key.keyCodeRequest(market);
    return (await answered(send(market, '/v1/key-codes', { body }), 201)).code as string;
  };
  const putOnShelf = async (page: Page, code: string) => {
    await page.goto('/shelf/open');
    await page.getByLabel('Claim code or key code').fill(code);
    await page.getByRole('button', { name: 'Put it on my shelf' }).click();
  };
  const clean = ({ complaints }: Visitor) => assert.deepEqual(complaints, []);

  test('an empty shelf teaches, in both themes and on a narrow screen', async () => {
    for (const theme of ['light', 'dark'] as const) {
      await using ada = await open({ theme, width: 320 });
      await ada.page.goto('/shelf');
      await ada.page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
      await assertAccessible(ada.page);
      await ada.page.getByRole('link', { name: 'I bought something elsewhere' }).click();
      await ada.page.getByRole('heading', { name: 'Find a purchase' }).waitFor();
      await assertAccessible(ada.page);
      const width = await ada.page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(width) <= 320, `${width}`);
      clean(ada);
    }
  });

  test('what is bought in a browser lies on its shelf, and on no other one', async () => {
    await using ada = await open();
    await using bob = await open();
    await ada.page.goto(`/listings/${listing.slug}/buy?plan=gift`);
    await ada.page.locator('main form button:not([value=update])').last().click();
    await ada.page.waitForURL('**/orders/**');
    await ada.page.goto('/shelf');
    assert.equal(await items(ada.page).count(), 1);
    await ada.page.getByText('You have access').waitFor();
    assert.match(await items(ada.page).innerText(), /Tides <b>of<\/b> Brest/);
    await ada.page.locator('.shelf-item summary').click();
    await assertAccessible(ada.page);
    const receipt = ada.page.locator('.shelf-item a[href$=receipt]');
    assert.equal(await receipt.count(), 1);

    await ada.page.getByRole('link', { name: 'Open the data' }).click();
    await ada.page.getByText('Blocks 0 to 1 of 2').waitFor();
    const path = new URL(ada.page.url()).pathname;
    await bob.page.goto('/shelf');
    assert.equal(await items(bob.page).count(), 0);
    const theirs = await bob.page.goto(path);
    assert.equal(theirs?.status(), 404, 'A35');
    for (const more of ['/tail', '/download', '/files/a']) {
      const answer = await bob.context.request.get(path + more);
      assert.equal(answer.status(), 404, `A35 ${more}`);
    }
    clean(ada);
    clean(bob);
  });

  test('two tabs that order at the same instant lose nothing', async () => {
    await using ada = await open();
    const { request } = ada.context;
    const address = `/listings/${listing.slug}/buy?plan=gift`;
    const html = await (await request.get(address)).text();
    const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const cookie = (await ada.context.cookies())
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const cookies = await Promise.all(
      [0, 1].map(async () => {
        const form = {
          csrf,
          plan: 'gift',
          quantity: '1',
          holder: 'claim',
          token: randomBytes(16).toString('base64url'),
        };
        const answer = await fetch(`${market.server.url}/listings/${listing.slug}/buy`, {
          method: 'POST',
          redirect: 'manual',
          headers: {
            cookie,
            origin: market.server.url,
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: new URLSearchParams(form),
        });
        assert.equal(answer.status, 303, await answer.text());
        return answer.headers
          .getSetCookie()
          .find((each) => /^(__Host-)?dazaar=/.test(each))!
          .split(';')[0]!;
      }),
    );
    assert.notEqual(cookies[0], cookies[1]);
    for (const each of cookies) {
      const shelf = await fetch(`${market.server.url}/shelf`, { headers: { cookie: each } });
      assert.equal((await shelf.text()).split('shelf-item"').length - 1, 2);
    }
  });

  test('a claim code opens its purchase elsewhere, by keyboard and without scripts', async () => {
    const { claimCode } = await order({});
    await using ada = await open({ javaScript: false, width: 390 });
    await ada.page.goto('/shelf/open');
    await ada.page.getByLabel('Claim code or key code').focus();
    await ada.page.keyboard.type(claimCode.toLowerCase().replaceAll('-', ' '));
    await ada.page.keyboard.press('Enter');
    await ada.page.waitForURL('**/shelf?done=found');
    assert.equal(await items(ada.page).count(), 1);
    await ada.page.getByRole('link', { name: 'Open the data' }).focus();
    await ada.page.keyboard.press('Enter');
    await ada.page.getByText('Blocks 0 to 1 of 2').waitFor();
    assert.equal(await ada.page.locator('#blocks tbody tr').count(), 2);
    clean(ada);
  });

  test('codes that are unknown, mistyped or used take the same answer', async () => {
    const key = new BuyerKey();
    const used = await keyCode(key);
    const { claimCode } = await order({});
    const mistyped = `${claimCode.slice(0, -1)}${claimCode.endsWith('Z') ? 'Y' : 'Z'}`;
    await using ada = await open();
    await putOnShelf(ada.page, used);
    await ada.page.waitForURL('**/shelf?done=found');
    const answers = new Set<string>();
    for (const code of [used, 'AAAA-AAAA', mistyped, 'x']) {
      await putOnShelf(ada.page, code);
      answers.add(await ada.page.getByRole('alert').innerText());
    }
    assert.equal(answers.size, 1);
    assert.match([...answers][0]!, /opens nothing here/);
    await assertAccessible(ada.page);
    clean(ada);
  });

  test('a key code puts what the key bought on a shelf; its link alone does nothing', async () => {
    const key = new BuyerKey();
    await order({ buyerKey: key.hex });
    const code = await keyCode(key);
    await using ada = await open();
    await ada.page.goto(`/shelf/open?code=${code}`);
    await ada.page.getByText('Go on only if you asked for this code').waitFor();
    assert.equal(await market.db.prisma.keyCode.count({ where: { usedAt: null } }), 1);
    await ada.page.getByRole('button', { name: 'Put it on my shelf' }).click();
    await ada.page.waitForURL('**/shelf?done=found');
    assert.equal(await items(ada.page).count(), 1);
    await ada.page.locator('.shelf-item summary').click();
    await ada.page.getByText('npx dazaar rotate').waitFor();
    assert.equal(await ada.page.getByRole('button', { name: /Move the access/ }).count(), 0);

    await ada.page.getByRole('button', { name: /Take off my shelf/ }).click();
    await ada.page.waitForURL('**/shelf?done=removed');
    assert.equal(await items(ada.page).count(), 0);
    clean(ada);
  });

  test('a login takes the browser’s shelf along, and a logout leaves nothing behind', async () => {
    await openAccount(market.deps.prisma, { name: 'Ada', email: EMAIL, password: PASSWORD });
    const [first, second] = await Promise.all([order({}), order({})]);
    const logIn = async (page: Page) => {
      await page.goto('/login?next=/shelf');
      await page.getByLabel('Email').fill(EMAIL);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.locator('main').getByRole('button', { name: 'Log in' }).click();
      await page.waitForURL('**/shelf');
    };
    await using ada = await open();
    await putOnShelf(ada.page, first.claimCode);
    await logIn(ada.page);
    assert.equal(await items(ada.page).count(), 1);
    await ada.page.getByRole('button', { name: 'Log out' }).click();
    await ada.page.goto('/shelf');
    assert.equal(await items(ada.page).count(), 0);

    await using elsewhere = await open();
    await putOnShelf(elsewhere.page, second.claimCode);
    await logIn(elsewhere.page);
    assert.equal(await items(elsewhere.page).count(), 2);
    clean(ada);
    clean(elsewhere);
  });

  test('what came with a claim code moves to a key of one’s own, once', async () => {
    const { claimCode } = await order({});
    const mine = new BuyerKey();
    await using ada = await open();
    await putOnShelf(ada.page, claimCode);
    await ada.page.locator('.shelf-item summary').click();
    await ada.page.getByLabel('Move it to a key of your own').fill(await keyCode(mine));
    await ada.page.getByRole('button', { name: /Move the access/ }).click();
    await ada.page.waitForURL('**/shelf?done=moved');
    await ada.page.getByText('Moved to another key').waitFor();
    await ada.page.getByText('You have access').waitFor();
    const grant = await market.db.prisma.grant.findFirst({
      where: { buyerKey: Uint8Array.from(mine.keyPair.publicKey), state: 'live' },
    });
    assert.ok(grant);
    const body = { claimCode, buyerKey: new BuyerKey().hex };
    assert.equal((await send(market, '/v1/claims', { body })).status, 409);
    clean(ada);
  });

  test('an order that waits, and one that lapsed, are told of; more time is one click away', async () => {
    const timed = await listFeed(market, [{ i: 0 }], PLANS.slice(0, 1));
    await using ada = await open();
    await ada.page.goto(`/listings/${timed.slug}/buy?plan=hour&quantity=2`);
    await ada.page.locator('main form button:not([value=update])').last().click();
    await ada.page.waitForURL('**/orders/**');
    const id = ada.page.url().split('/').at(-1)!;
    await ada.page.goto('/shelf');
    await ada.page.getByRole('heading', { name: 'Waiting for payment' }).waitFor();
    assert.equal(
      await ada.page.getByRole('link', { name: 'Pay now' }).getAttribute('href'),
      `/orders/${id}`,
    );
    const [row] = await market.db.prisma.order.updateManyAndReturn({
      where: { id },
      data: { state: 'lapsed' },
    });
    await ada.page.reload();
    await ada.page.getByRole('heading', { name: 'Orders that were not paid' }).waitFor();
    assert.equal(row!.quantity, 2);
    clean(ada);
  });

  test('codes are guessed so often, and no more', async () => {
    await using mallory = await open();
    await mallory.page.goto('/shelf/open');
    const csrf = await mallory.page.locator('main input[name=csrf]').inputValue();
    const guess = async () => {
      const form = { csrf, code: 'AAAA-AAAA' };
      const headers = { origin: market.server.url, accept: 'text/html' };
      return (await mallory.context.request.post('/shelf/open', { form, headers })).status();
    };
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < GUESSES + 2) statuses.push(await guess());
    assert.equal(statuses[0], 422);
    assert.equal(statuses.at(-1), 429);
    clean(mallory);
  });
});
