import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { makeKeyCode } from '../../flow/key-codes.ts';
import { settlePayment } from '../../flow/settle-payment.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { signKeyStatement } from '../../protocol/key-statement.ts';
import { LINK_SUBJECT } from '../../protocol/statement-subject.ts';
import { bundle } from '../../web/bundle.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { assertFailed, hashOf, listHeld, payHeld } from '../support/hold.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, pay, readOrder, until } from '../support/shop.ts';

const skip = await browserMissing();
const JS_BUDGET_BYTES = 40 * 1024;
const HOUR_MS = 3_600_000;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '5000' },
  { name: 'euro', kind: 'forever', price: { currency: 'EUR', amountMinor: 150 } },
  { name: 'free', kind: 'free' },
  { name: 'taste', kind: 'trial', periodMs: HOUR_MS },
];

describe('the checkout', { skip }, () => {
  let market: TestMarket;
  let buyer: Lightning;
  let slug: string;
  let bound: string;
  before(async () => {
    market = await startMarket();
    buyer = connect(market.sandbox.nodes.buyer);
    ({ slug } = await listFeed(market, [{ text: 'first of all' }], PLANS, {
      title: 'Weather <b>here</b>',
    }));
    ({ slug: bound } = await listFeed(market, [{ row: 1 }], PLANS, { terms: 'No resale.' }));
    await until(async () => (await market.db.prisma.exchangeRate.count()) > 0);
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  const meet = (more: { javaScript?: boolean; theme?: 'light' | 'dark'; width?: number } = {}) =>
    visitor({ origin: market.server.url, ...more });
  const idOf = (page: Page) => /orders\/([\w-]+)/.exec(page.url())![1]!;
  const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 });
  const ordersOf = (where: object) => market.db.prisma.order.count({ where });
  const payOrder = async (id: string) => pay(buyer, await readOrder(market, id));

  async function order({ page }: Visitor, path: string): Promise<string> {
    await page.goto(path);
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await page.waitForURL('**/orders/*');
    return idOf(page);
  }

  it('is lived through by two browsers at once, and only who ordered gets claim code and proof', async () => {
    await using ada = await meet();
    await using bob = await meet({ theme: 'dark', width: 320 });
    await ada.page.goto(`/listings/${slug}/buy?plan=hour`);
    await assertAccessible(ada.page);
    await ada.page.getByLabel('How many').fill('3');
    await ada.page.locator('#quote').getByText('15 sat').waitFor();
    await ada.page.getByRole('button', { name: 'Go to payment' }).click();
    await heading(ada.page, 'Pay 15 sat').waitFor();
    const id = idOf(ada.page);
    assert.match(await ada.page.title(), /^Pay 15 sat/);
    await bob.page.goto(`/orders/${id}`);
    for (const { page } of [ada, bob]) await assertAccessible(page);
    await noSidewaysScrolling(bob.page);
    await ada.page.locator('#open-wallet').focus();

    await payOrder(id);
    for (const { page } of [ada, bob]) await heading(page, 'Paid: it is yours').waitFor();
    for (const { page } of [ada, bob]) await assertAccessible(page);
    await noSidewaysScrolling(bob.page);
    assert.match(await ada.page.title(), /^Paid/);
    assert.match(await ada.page.locator('#checkout-said').innerText(), /^Paid\. .* 3 hours/);
    assert.equal(await ada.page.evaluate('document.activeElement.id'), 'state', 'the focus stays');
    const code = await ada.page.locator('.claim-code code').innerText();
    assert.match(code, /^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/);
    assert.equal(await bob.page.locator('.claim-code').count(), 0);
    assert.equal((await ada.page.content()).includes('<b>here</b>'), false);

    await ada.page.getByRole('button', { name: 'I have kept it' }).click();
    await ada.page.waitForLoadState();
    assert.equal(await ada.page.locator('.claim-code').count(), 0);

    await ada.page.getByRole('link', { name: 'Receipt' }).click();
    const paid = await market.db.prisma.invoice.findFirstOrThrow({ where: { orderId: id } });
    const preimage = Buffer.from(paid.preimage).toString('hex');
    await ada.page.getByText(preimage).waitFor();
    for (const theme of ['light', 'dark'] as const) {
      await ada.page.emulateMedia({ colorScheme: theme });
      await assertAccessible(ada.page);
    }
    await bob.page.goto(`/orders/${id}/receipt`);
    await noSidewaysScrolling(bob.page);
    const receipt = await bob.page.locator('article').innerText();
    for (const text of ['3 × hour', '15 sat', Buffer.from(paid.paymentHash).toString('hex')]) {
      assert.ok(receipt.includes(text), text);
    }
    assert.equal(receipt.includes(preimage), false);
    for (const { complaints } of [ada, bob]) assert.deepEqual(complaints, []);
  });

  it('needs no script', async () => {
    await using ada = await meet({ javaScript: false });
    const { page } = ada;
    await page.goto(`/listings/${slug}/buy?plan=euro`);
    await page.locator('#quote').getByText('€1.50').waitFor();
    await page.getByLabel('Plan').selectOption('hour');
    await page.getByRole('button', { name: 'Show the price' }).click();
    await page.locator('#quote').getByText('5 sat', { exact: true }).waitFor();
    await page.getByLabel('How many').fill('2');
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await heading(page, 'Pay 10 sat').waitFor();
    await payOrder(idOf(page));
    // The page looks again by itself.
    await heading(page, 'Paid: it is yours').waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    assert.equal(await page.locator('.claim-code').count(), 0);
  });

  it('in the sandbox is two presses from the order form to the data', async () => {
    await using ada = await meet({ javaScript: false });
    await order(ada, `/listings/${slug}/buy?plan=hour`);
    await ada.page.getByRole('button', { name: 'Pay with the play wallet' }).click();
    await heading(ada.page, 'Paid: it is yours').waitFor();
    await ada.page.getByRole('cell', { name: 'first of all' }).waitFor();
    const door = ada.page.getByRole('link', { name: 'Read the data here' });
    const { grant } = await readOrder(market, idOf(ada.page));
    assert.equal(await door.getAttribute('href'), `/shelf/${grant!.id}`);
  });

  it('makes one order however often its form is sent, and another when the form was changed', async () => {
    await using ada = await meet();
    const { page } = ada;
    const before = await ordersOf({});
    await page.goto(`/listings/${slug}/buy?plan=hour`);
    const button = page.getByRole('button', { name: 'Go to payment' });
    await button.dblclick();
    await page.waitForURL('**/orders/*');
    const id = idOf(page);
    await page.goBack();
    await button.click();
    await page.waitForURL('**/orders/*');
    assert.equal(idOf(page), id);
    assert.equal(await ordersOf({}), before + 1);
    await page.goBack();
    await page.getByLabel('How many').fill('2');
    await button.click();
    await heading(page, 'Pay 10 sat').waitFor();
    assert.notEqual(idOf(page), id);
    assert.equal(await ordersOf({}), before + 2);
  });

  it('takes a buyer key, says what is wrong with one, and extends what the key has', async () => {
    await using ada = await meet();
    const { page } = ada;
    const { hex } = new BuyerKey();
    const { coreKey } = await feedOf(slug);
    await page.goto(`/listings/${slug}/buy?plan=hour&quantity=2`);
    await page.getByLabel('A buyer key that I have').check();
    for (const [typed, fault] of [
      [hex.slice(1), 'this has 63'],
      [`${hex.slice(1)}g`, 'this has “g”'],
      [coreKey, 'the key of the data'],
      ['', 'Paste your buyer key'],
    ] as const) {
      await page.getByLabel('Buyer key', { exact: true }).fill(typed);
      await page.getByRole('button', { name: 'Go to payment' }).click();
      await page.getByRole('alert').getByText(fault).waitFor();
      assert.equal(await page.getByLabel('Buyer key', { exact: true }).inputValue(), typed);
      assert.equal(await page.getByLabel('How many').inputValue(), '2');
    }
    await assertAccessible(page);
    await page.getByLabel('Buyer key', { exact: true }).fill(` ${hex.toUpperCase()} `);
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await page.waitForURL('**/orders/*');
    assert.equal((await readOrder(market, idOf(page))).buyerKey, hex);
    assert.equal(await page.locator('.claim-code').count(), 0);
    // A key that was typed is nobody’s proof: it is not on the shelf to be extended.
    await payOrder(idOf(page));
    await heading(page, 'Paid: it is yours').waitFor();
    await page.getByRole('link', { name: 'Extend' }).click();
    assert.equal(await page.getByLabel('Extend the access I have').count(), 0);
    assert.deepEqual(ada.complaints, []);
  });

  it('takes a code of the command line, whose key is on the shelf from then on', async () => {
    await using ada = await meet();
    const { page } = ada;
    const key = new BuyerKey();
    const code = await codeOf(key);
    await page.goto(`/listings/${slug}/buy?plan=taste`);
    await page.getByLabel('The command line on my machine').check();
    await page.getByLabel('Code', { exact: true }).fill('0000-0000');
    await page.getByRole('button', { name: 'Get access' }).click();
    await page.getByRole('alert').getByText('not known').waitFor();
    await page.getByLabel('Code', { exact: true }).fill(code.toLowerCase());
    await page.getByRole('button', { name: 'Get access' }).dblclick();
    await heading(page, 'It is yours').waitFor();
    const first = (await readOrder(market, idOf(page))).grant!;
    assert.equal(first.buyerKey, key.hex);
    await page.goto(`/listings/${slug}/buy?plan=hour`);
    assert.equal(await page.getByLabel('Extend the access I have').isChecked(), true);
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await heading(page, 'Pay 5 sat').waitFor();
    await payOrder(idOf(page));
    await heading(page, 'Paid: it is yours').waitFor();
    const { grant } = await readOrder(market, idOf(page));
    assert.equal(grant!.expiresAtMs! - first.expiresAtMs!, HOUR_MS);
    await page.goto(`/listings/${slug}/buy?plan=taste`);
    await page.getByRole('button', { name: 'Get access' }).click();
    await page.getByRole('alert').getByText('has had its trial').waitFor();
    await page.goto(`/listings/${bound}/buy?plan=hour`);
    assert.equal(await page.getByLabel('My key').isChecked(), true, 'also for other data');
  });

  it('asks for the terms of use in force, by an act of the buyer', async () => {
    await using ada = await meet({ javaScript: false });
    const { page } = ada;
    await page.goto(`/listings/${bound}/buy?plan=hour`);
    const { hash } = await termsOf(bound);
    const stale = 'ab'.repeat(32);
    for (const [acceptTerms, fault] of [
      ['', 'Read the terms of use and accept them.'],
      [stale, 'has changed these terms meanwhile'],
    ] as const) {
      const form = await fieldsOf(page);
      const answer = await page.request.post(`/listings/${bound}/buy`, {
        form: { ...form, acceptTerms },
        headers: { origin: market.server.url, accept: 'text/html' },
      });
      assert.equal(answer.status(), 422);
      assert.ok((await answer.text()).includes(fault), fault);
    }
    await page.getByLabel('I accept these terms').check();
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await heading(page, 'Pay 5 sat').waitFor();
    assert.equal((await readOrder(market, idOf(page))).termsHash, hash);
  });

  it('is gone through with the keyboard alone', async () => {
    await using ada = await meet();
    const { page } = ada;
    await page.goto(`/listings/${bound}/buy?plan=hour`);
    await press(page, 'field-acceptTerms', 'Space');
    await press(page, 'order', 'Enter');
    await heading(page, 'Pay 5 sat').waitFor();
    await press(page, 'play', 'Enter');
    await heading(page, 'Paid: it is yours').waitFor();
    await press(page, 'kept', 'Enter');
    await page.locator('.claim-code').waitFor({ state: 'detached' });
    assert.deepEqual(ada.complaints, []);
  });

  it('A08 says that too little arrived, and owes it back', async () => {
    await using ada = await meet();
    const id = await order(ada, `/listings/${slug}/buy?plan=hour`);
    const { invoice } = await readOrder(market, id);
    await settlePayment(market.deps, {
      paymentHash: Buffer.from(invoice!.paymentHash, 'hex'),
      receivedMsat: 4_000n,
      settleIndex: 1_000_000n,
      settledAtMs: Date.now(),
      nodeKey: await market.lightning.nodeKey(),
      movesCursor: false,
    });
    await heading(ada.page, 'Too little has arrived').waitFor();
    await ada.page.getByText('4 sat are owed back to you').waitFor();
    await assertAccessible(ada.page);
  });

  it('A16 says on the form that too many orders were placed, and keeps what was typed', async () => {
    await using ada = await meet();
    const { page } = ada;
    const { hex } = new BuyerKey();
    const listing = await market.db.prisma.listing.findUniqueOrThrow({
      where: { slug },
      include: { plans: true },
    });
    const plan = listing.plans.find(({ name }) => name === 'hour')!;
    const one = {
      listingId: listing.id,
      planId: plan.id,
      buyerKey: Uint8Array.from(Buffer.from(hex, 'hex')),
      quantity: 1,
      priceMsat: 5_000n,
      durationMs: 3_600_000n,
      expiresAt: new Date(Date.now() + HOUR_MS),
    };
    await market.db.prisma.order.createMany({ data: Array.from({ length: 20 }, () => one) });
    await page.goto(`/listings/${slug}/buy?plan=hour`);
    await page.getByLabel('A buyer key that I have').check();
    await page.getByLabel('Buyer key', { exact: true }).fill(hex);
    await page.getByRole('button', { name: 'Go to payment' }).click();
    await page.getByRole('alert').getByText('20 unpaid orders').waitFor();
    assert.equal(await page.getByLabel('Buyer key', { exact: true }).inputValue(), hex);
    await market.db.prisma.order.deleteMany({ where: { buyerKey: one.buyerKey } });
  });

  it('loads no more than 40 KiB of scripts, and a claim code stands in no address', async () => {
    await using ada = await meet();
    const asked: string[] = [];
    ada.page.on('request', (request) => asked.push(request.url()));
    const id = await order(ada, `/listings/${slug}/buy?plan=hour`);
    await ada.page.waitForLoadState('networkidle').catch(() => {});
    const code = await ada.page.locator('.claim-code code').textContent();
    const cookies = await ada.context.cookies();
    const kept = cookies.find(({ value }) => value === code);
    assert.deepEqual([kept?.path, kept?.httpOnly], [`/orders/${id}`, true]);
    const loaded = await ada.page.evaluate(
      "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))",
    );
    const { files } = await bundle();
    const names = (loaded as string[]).map((url) => url.split('/').at(-1)!);
    const bytes = names.reduce((sum, name) => sum + files.get(name)!.gzip.length, 0);
    assert.ok(names.length >= 2 && bytes <= JS_BUDGET_BYTES, `${names}: ${bytes} bytes`);
    for (const url of asked) assert.equal(url.includes(code!), false);
  });

  it('A35 is not found under an id that nobody was given', async () => {
    await using ada = await meet();
    for (const id of ['01890a5d-ac96-774b-bcce-b302099a8057', 'x', '%00']) {
      for (const path of [`/orders/${id}`, `/orders/${id}/receipt`]) {
        assert.equal((await ada.page.goto(path))?.status(), 404, path);
      }
    }
  });

  it('A15 shows a held payment as one that must not be made again, until it went back', async () => {
    await using ada = await meet();
    const { slug: held } = await listHeld(market);
    const id = await order(ada, `/listings/${held}/buy?plan=minute`);
    await ada.page.getByText('held on its way').waitFor();
    // Nobody lets the buyer in any more.
    await market.seeder.stop();
    const placed = await readOrder(market, id);
    const { paid } = await payHeld(market, buyer, placed);
    await heading(ada.page, 'Your payment has arrived').waitFor();
    assert.equal(await ada.page.locator('.pay-code').count(), 0);
    await assertAccessible(ada.page);
    await market.lightning.cancelInvoice(hashOf(placed));
    await assertFailed(paid);
    await heading(ada.page, 'Your payment went back').waitFor();
    await assertAccessible(ada.page);
    assert.deepEqual(ada.complaints, []);
  });

  async function press(page: Page, id: string, key: string): Promise<void> {
    for (let tabs = 0; tabs < 60; tabs += 1) {
      if ((await page.evaluate('document.activeElement.id')) === id)
        return page.keyboard.press(key);
      await page.keyboard.press('Tab');
    }
    assert.fail(`no way to #${id} with the keyboard`);
  }

  async function noSidewaysScrolling(page: Page): Promise<void> {
    const [content, window] = (await page.evaluate(
      '[document.documentElement.scrollWidth, window.innerWidth]',
    )) as [number, number];
    assert.ok(content <= window, `${page.url()}: ${content} > ${window}`);
  }

  async function feedOf(listing: string) {
    const { key } = await market.db.prisma.feedCore.findFirstOrThrow({
      where: { feed: { listing: { slug: listing } } },
    });
    return { coreKey: Buffer.from(key).toString('hex') };
  }

  async function termsOf(listing: string) {
    const { termsHash } = await market.db.prisma.listing.findUniqueOrThrow({
      where: { slug: listing },
    });
    return { hash: Buffer.from(termsHash!).toString('hex') };
  }

  async function fieldsOf(page: Page): Promise<Record<string, string>> {
    const values: Record<string, string> = { token: randomBytes(16).toString('base64url') };
    for (const name of ['csrf', 'plan', 'quantity', 'holder']) {
      values[name] = await page.locator(`#order-form [name=${name}]`).first().inputValue();
    }
    return values;
  }

  async function codeOf(key: BuyerKey): Promise<string> {
    const issuedAtMs = Date.now();
    const { publicKey } = market.deps.keys.signing;
    const signature = signKeyStatement(key.keyPair, {
      purpose: 'link',
      market: publicKey,
      subject: LINK_SUBJECT,
      issuedAtMs,
    });
    const made = await makeKeyCode(market.deps, {
      buyerKey: Uint8Array.from(key.keyPair.publicKey),
      issuedAtMs,
      signature: Uint8Array.from(signature),
    });
    assert.ok('code' in made);
    return made.code;
  }
});
