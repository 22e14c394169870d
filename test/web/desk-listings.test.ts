import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Corestore from 'corestore';
import crypto from 'hypercore-crypto';
import type { Page } from 'playwright-core';
import { temporaryDirectory } from '../seeder/loopback.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { becomeSeller, writeListing } from './seller.ts';

const skip = await browserMissing();
after(closeBrowser);

const CSV =
  'at,celsius,ok,note\n2026-06-01T12:00:00Z,21.5,true,"a, b"\n2026-06-01T12:01:00Z,21,false,\n';

describe('the listings of a seller’s desk', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  it('lead a seller of a CSV file from an account to a listing on sale', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await becomeSeller(ada, market);
    await page.goto('/desk/listings');
    await assertAccessible(page);
    await page.getByRole('link', { name: 'New listing' }).click();
    const buffer = Buffer.from(CSV);
    const file = { name: 'porto_garden-2026.csv', mimeType: 'text/csv', buffer };
    const input = page.getByLabel('A CSV or NDJSON file');
    // It shows once the script that reads the file is there.
    await input.waitFor();
    await input.setInputFiles(file);
    await page.getByRole('region', { name: 'What was read of it' }).waitFor();
    assert.equal(await page.getByLabel('Title').inputValue(), 'Porto garden 2026');
    assert.equal(await page.getByLabel('Address').inputValue(), 'porto-garden-2026');
    const types = ['at', 'celsius', 'ok', 'note'].map((name) =>
      page.getByRole('group', { name, exact: true }).getByLabel('Type').inputValue(),
    );
    assert.deepEqual(await Promise.all(types), ['date-time', 'number', 'boolean', 'string']);
    const note = page.getByRole('group', { name: 'note', exact: true });
    assert.equal(await note.getByLabel('In every row').isChecked(), false);
    await page.getByRole('group', { name: 'celsius' }).getByLabel('Unit').fill('°C');

    await page.getByLabel('Description').fill('# Readings\n\n*One* a minute.');
    await page.getByRole('button', { name: 'Preview the description' }).click();
    const shown = page.getByRole('region', { name: 'The description' });
    await shown.getByRole('heading', { name: 'Readings' }).waitFor();
    await page.getByLabel('Licence').fill('CC-BY-4.0');
    await page
      .getByRole('group', { name: 'price 1' })
      .getByLabel('Price', { exact: true })
      .fill('50');
    await page.getByRole('button', { name: 'Add a price' }).click();
    const second = page.getByRole('group', { name: 'price 2' });
    await second.getByLabel('What is sold').selectOption('forever');
    await second.getByLabel('Price', { exact: true }).fill('1999.5');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Save as a draft' }).click();

    await page.waitForURL('**/desk/listings/porto-garden-2026');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('It is on sale').waitFor();
    const answer = await fetch(`${market.server.url}/v1/listings/porto-garden-2026`);
    const listing = (await answer.json()) as Record<string, unknown> & {
      feed: { blockSchema: object };
    };
    assert.deepEqual(
      (listing.plans as { name: string; priceMsat: string }[]).map((p) => [p.name, p.priceMsat]),
      [
        ['hour', '50000'],
        ['forever', '1999500'],
      ],
    );
    assert.deepEqual(listing.feed.blockSchema, {
      type: 'object',
      properties: {
        at: { type: 'string', format: 'date-time' },
        celsius: { type: 'number', unit: '°C' },
        ok: { type: 'boolean' },
        note: { type: 'string' },
      },
      required: ['at', 'celsius', 'ok'],
    });
    assert.deepEqual(ada.complaints, []);
  });

  it('do so without JavaScript, on a narrow screen, by keyboard', async () => {
    const { url: origin } = market.server;
    await using bob = await visitor({ origin, javaScript: false, width: 320, theme: 'dark' });
    const { page } = bob;
    await becomeSeller(bob, market);
    await page.goto('/desk/listings/new');
    await page.getByText('Paste the first lines instead').click();
    await page.getByLabel('First lines').fill(CSV);
    await press(page, 'Fill in the form');
    assert.equal(await page.getByLabel('First lines').inputValue(), CSV);
    await press(page, 'Add a price');
    await page
      .getByRole('group', { name: 'price 2' })
      .getByLabel('What is sold')
      .selectOption('trial');
    await press(page, 'Remove note');
    // Nothing is said of title, licence and price yet: Enter saves, and tells.
    await page.getByLabel('Tags').fill('Porto garden');
    await page.getByLabel('Tags').press('Enter');
    await page.getByRole('alert').waitFor();
    assert.match(await page.locator('#field-title-fault').innerText(), /title/);
    assert.match(await page.locator('#field-plan-0-amount-fault').innerText(), /amount/);
    assert.equal(await page.getByLabel('Tags').inputValue(), 'Porto garden');
    await assertNarrow(page);

    await page.getByLabel('Title').fill('Bob’s garden');
    await page.getByLabel('Licence').fill('CC0-1.0');
    await page
      .getByRole('group', { name: 'price 1' })
      .getByLabel('Price', { exact: true })
      .fill('0.5');
    await page.getByLabel('Title').press('Enter');
    await page.waitForURL('**/desk/listings/bob-s-garden');
    await assertNarrow(page);
    await press(page, 'Publish');
    await page.getByText('It is on sale').waitFor();
    await page.goto('/desk/listings');
    await assertNarrow(page);
    await page.goto('/desk/listings/bob-s-garden/withdraw');
    await press(page, 'Withdraw it for good');
    await page.getByText('withdrawn for good').waitFor();
    assert.deepEqual(bob.complaints, []);
  });

  it('keep what was typed when somebody else saved meanwhile', async () => {
    await using ada = await visitor({ origin: market.server.url, theme: 'dark' });
    const { page, context } = ada;
    await becomeSeller(ada, market);
    const slug = await writeListing(ada, market);
    await page.goto(`/desk/listings/${slug}/edit`);
    const other = await context.newPage();
    await other.goto(`/desk/listings/${slug}/edit`);
    await other.getByLabel('Title').fill('Another title');
    await press(other, 'Save');
    await other.getByText('Your changes are saved').waitFor();

    await page.getByLabel('Title').fill('My title');
    await press(page, 'Save');
    const alert = page.getByRole('alert');
    assert.match(await alert.innerText(), /changed meanwhile[\s\S]*Another title/);
    assert.equal(await page.getByLabel('Title').inputValue(), 'My title');
    await assertAccessible(page);
    await press(page, 'Save');
    await page.getByText('Your changes are saved').waitFor();
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'My title draft');
    const plans = await market.db.prisma.plan.findMany({ where: { listing: { slug } } });
    assert.equal(plans.length, 1, 'a price that nobody changed stays the same plan');
  });

  it('make one listing of a form that is sent twice', async () => {
    await using ada = await visitor({ origin: market.server.url, javaScript: false });
    const { page, context } = ada;
    await becomeSeller(ada, market);
    await page.goto('/desk/listings/new');
    await fill(page, 'Sent twice');
    const form = await formOf(page);
    const send = (more = {}) =>
      context.request.post('/desk/listings/new', {
        form: { ...form, do: 'save', ...more },
        headers: { origin: market.server.url },
        maxRedirects: 0,
      });
    const [first, second] = [await send(), await send()];
    assert.deepEqual([first.status(), second.status()], [303, 303]);
    assert.equal(second.headers().location, '/desk/listings/sent-twice');
    assert.equal((await send({ csrf: 'forged' })).status(), 403);
    assert.equal(await market.db.prisma.listing.count({ where: { title: 'Sent twice' } }), 1);
  });

  it('show hostile texts as texts (A32)', async () => {
    await using eve = await visitor({ origin: market.server.url });
    const { page } = eve;
    await becomeSeller(eve, market);
    const evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>';
    page.on('dialog', (dialog) => assert.fail(dialog.message()));
    await page.goto('/desk/listings/new');
    await fill(page, evil);
    await page.getByLabel('Address').fill('evil-data');
    await page.getByRole('group', { name: 'value 1' }).getByLabel('Name').fill(evil);
    await page.getByRole('group').getByLabel('Meaning').fill(evil);
    await page.getByLabel('Description').fill(`[x](javascript:alert(1)) ${evil}`);
    await page.getByRole('button', { name: 'Preview the description' }).click();
    await page.getByRole('region', { name: 'The description' }).waitFor();
    await page.getByRole('button', { name: 'Save as a draft' }).click();
    await page.waitForURL('**/desk/listings/evil-data');
    for (const path of ['', '/edit', '/data', '/preview', '/withdraw']) {
      await page.goto(`/desk/listings/evil-data${path}`);
      assert.equal(await page.locator('img, a[href^="javascript:"]').count(), 0);
      assert.ok(
        (await page.locator('main').innerText()).includes(path === '/edit' ? '' : 'onerror'),
      );
    }
    assert.deepEqual(eve.complaints, []);
  });

  it('are readable for everybody in the dark, too', async () => {
    await using ada = await visitor({ origin: market.server.url, theme: 'dark', width: 320 });
    const { page } = ada;
    await becomeSeller(ada, market);
    const slug = await writeListing(ada, market);
    const own = ['', '/edit', '/data', '/preview', '/withdraw'].map((path) => `/${slug}${path}`);
    for (const path of ['', '/new', '/import', ...own]) {
      await page.goto(`/desk/listings${path}`);
      await assertAccessible(page);
      await assertNarrow(page);
    }
    assert.deepEqual(ada.complaints, []);
  });

  it('are nobody else’s (A35)', async () => {
    await using ada = await visitor({ origin: market.server.url });
    await using eve = await visitor({ origin: market.server.url });
    await becomeSeller(ada, market);
    await becomeSeller(eve, market);
    const slug = await writeListing(ada, market);
    for (const path of ['', '/edit', '/data', '/preview', '/withdraw']) {
      const answer = await eve.page.goto(`/desk/listings/${slug}${path}`);
      assert.equal(answer!.status(), 404, path);
    }
    await eve.page.goto('/desk/listings/new');
    const { csrf } = await formOf(eve.page);
    for (const path of ['edit', 'publish', 'unlist', 'withdraw', 'ownership', 'data/paste']) {
      const answer = await eve.context.request.post(`/desk/listings/${slug}/${path}`, {
        form: { csrf: csrf!, do: 'save', text: '{}' },
        headers: { origin: market.server.url },
      });
      assert.equal(answer.status(), 404, path);
    }
    const { state } = await market.db.prisma.listing.findUniqueOrThrow({ where: { slug } });
    assert.equal(state, 'draft');
  });

  it('take a feed of one’s own machine, and the proof that it is', async () => {
    await using directory = await temporaryDirectory();
    const store = new Corestore(directory.path);
    const core = store.get({ name: 'tides' });
    await core.ready();
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await becomeSeller(ada, market);
    await page.goto('/desk/listings/new');
    await fill(page, 'Mirrored tides');
    await page.getByLabel('A machine of mine').check();
    await page.getByText('Keys of my feed').click();
    await page.getByLabel('Core key').fill('not a key');
    await page.getByLabel('Peer key').fill(crypto.keyPair().publicKey.toString('hex'));
    await page.getByRole('button', { name: 'Save as a draft' }).click();
    assert.match(await page.locator('#field-coreData-fault').innerText(), /64 hexadecimal/);
    await page.getByLabel('Core key').fill(core.key.toString('hex'));
    await page.getByRole('button', { name: 'Save as a draft' }).click();
    await page.getByRole('heading', { name: 'Prove that the feed is yours' }).waitFor();
    await assertAccessible(page);
    const text = await page.locator('#ownership pre code').innerText();
    await page.getByLabel('Manifest').fill(core.getManifest({ raw: true })!.toString('hex'));
    await page.getByLabel('Signature').fill('00'.repeat(64));
    await page.getByRole('button', { name: 'Check the proof' }).click();
    assert.match(await page.getByRole('alert').innerText(), /signature/);
    const signature = crypto.sign(Buffer.from(text), core.keyPair!.secretKey);
    await page.getByLabel('Signature').fill(signature.toString('hex'));
    await page.getByRole('button', { name: 'Check the proof' }).click();
    await page.getByText('its keys are proved').waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('It is on sale').waitFor();
    await store.close();
  });

  it('come of a card that another listing gave', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page, context } = ada;
    await becomeSeller(ada, market);
    const slug = await writeListing(ada, market);
    await page.goto(`/desk/listings/${slug}`);
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('It is on sale').waitFor();
    const card = await (await context.request.get(`/v1/listings/${slug}/card`)).text();
    await page.goto('/desk/listings/import');
    await assertAccessible(page);
    await page.getByLabel('The card').fill(card.replace('Garden', 'Barn'));
    await page.getByRole('button', { name: 'Make a draft' }).click();
    assert.match(await page.locator('#field-card-fault').innerText(), /signature/);
    await page.getByLabel('The card').fill(card);
    await page.getByLabel('Address').fill(`${slug}-copy`);
    await page.getByRole('button', { name: 'Make a draft' }).click();
    await page.waitForURL(`**/desk/listings/${slug}-copy`);
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /Garden thermometer/);
  });
});

async function fill(page: Page, title: string): Promise<void> {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Licence').fill('CC0-1.0');
  await page
    .getByRole('group', { name: 'price 1' })
    .getByLabel('Price', { exact: true })
    .fill('50');
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).press('Enter');
}

async function formOf(page: Page): Promise<Record<string, string>> {
  const read = 'Object.fromEntries(new FormData(document.querySelector("form.editor")))';
  return (await page.evaluate(read)) as Record<string, string>;
}

async function assertNarrow(page: Page): Promise<void> {
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= 320'), page.url());
}
