import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/until.ts';
import { becomeSeller, writeListing } from './seller.ts';

const skip = await browserMissing();
after(closeBrowser);

const ROWS = 9_000;
const CSV = `at,celsius\n${Array.from({ length: ROWS }, (_, i) => `t${i},${i}.50\n`).join('')}`;

describe('sending data from the browser', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  const choose = ({ page }: Visitor, name: string, text: string) =>
    page.locator('#upload-file').setInputFiles({ name, mimeType: '', buffer: Buffer.from(text) });
  const send = ({ page }: Visitor) =>
    page.getByRole('button', { name: 'Send', exact: true }).click();
  const lengthOf = async (slug: string) => {
    const core = await market.db.prisma.feedCore.findFirst({
      where: { feed: { listing: { slug } } },
    });
    return Number(core?.length ?? 0);
  };

  it('shows the first rows of a file, sends it, and appends the same file once', async () => {
    await using ada = await visitor({ origin: market.server.url, theme: 'dark' });
    const { page } = ada;
    await becomeSeller(ada, market);
    const slug = await writeListing(ada, market);
    await page.goto(`/desk/listings/${slug}/data`);
    await choose(ada, 'readings.csv', 'at,kelvin\nt0,1\n');
    await page.getByText('knows no column “kelvin”').waitFor();
    await choose(ada, 'readings.csv', CSV);
    const rows = page.getByRole('region', { name: 'The first rows' });
    await rows.getByRole('cell', { name: '4.50', exact: true }).waitFor();
    await assertAccessible(page);
    const shown = page.getByRole('progressbar').waitFor();
    await send(ada);
    await shown;
    await page.getByText(`9,000 rows are in the feed. It holds 9,000 now`).waitFor();
    await until(async () => (await lengthOf(slug)) === ROWS);
    await send(ada);
    await page.getByText('nothing was appended twice').waitFor();
    assert.equal(await lengthOf(slug), ROWS);

    await until(async () => {
      const answer = await page.goto(`/desk/listings/${slug}/preview`);
      return (await answer!.text()).includes(`t${ROWS - 1}`);
    });
    assert.deepEqual(ada.complaints, []);
  });

  it('sends the rest when the connection broke', async () => {
    await using ada = await visitor({ origin: market.server.url });
    const { page } = ada;
    await becomeSeller(ada, market);
    const slug = await writeListing(ada, market);
    await page.goto(`/desk/listings/${slug}/data`);
    await page.route('**/blocks?*', (route) => route.abort('connectionreset'), { times: 1 });
    await choose(ada, 'readings.ndjson', '{"at":"t0"}\n{"at":"t1"}\n');
    await send(ada);
    await page.getByRole('alert').getByText('The connection broke').waitFor();
    await page.getByRole('button', { name: 'Send the rest' }).click();
    await page.getByText('2 rows are in the feed').waitFor();
    assert.equal(await lengthOf(slug), 2);
  });

  for (const javaScript of [true, false]) {
    it(`names the line of a fault (${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
      await using ada = await visitor({ origin: market.server.url, javaScript });
      const { page } = ada;
      await becomeSeller(ada, market);
      const slug = await writeListing(ada, market);
      await page.goto(`/desk/listings/${slug}/data`);
      await choose(ada, 'broken.ndjson', '{"at":"t0"}\n{"at":\n{"at":"t2"}\n');
      await send(ada);
      await page.getByRole('alert').getByText('Line 2 is not a JSON value').waitFor();
      assert.equal(await lengthOf(slug), 0);
    });

    it(`puts files into a drive, and deletes them (${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
      await using ada = await visitor({ origin: market.server.url, javaScript, width: 320 });
      const { page } = ada;
      await becomeSeller(ada, market);
      const slug = await writeListing(ada, market, { feed: { kind: 'hyperdrive' } });
      await page.goto(`/desk/listings/${slug}/data`);
      await page.getByLabel('Into the folder').fill('2026/june');
      await page.locator('#upload-file').setInputFiles([
        { name: 'a b.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
        { name: 'ü.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(100_000, 7) },
      ]);
      await send(ada);
      await page.getByText('2 files are in the drive').waitFor();
      const files = page.getByRole('region', { name: 'Files of the drive' });
      await files.getByRole('cell', { name: '100 kB' }).waitFor();
      await files.getByRole('rowheader', { name: '/2026/june/ü.bin' }).waitFor();
      if (javaScript) await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= 320'));
      await page.getByRole('button', { name: 'Delete /2026/june/a b.txt' }).click();
      await until(async () => (await page.getByText('a b.txt').count()) === 0);
      const left = await market.db.prisma.driveFile.findMany({
        where: { feed: { listing: { slug } } },
      });
      assert.deepEqual(
        left.map(({ path }) => path),
        ['/2026/june/ü.bin'],
      );
      assert.deepEqual(ada.complaints, []);
    });

    it(`puts rows under their keys (${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
      await using ada = await visitor({ origin: market.server.url, javaScript });
      const { page } = ada;
      await becomeSeller(ada, market);
      const properties = { height: { type: 'number' } };
      const more = { feed: { kind: 'hyperbee' }, blockSchema: { type: 'object', properties } };
      const slug = await writeListing(ada, market, more);
      await page.goto(`/desk/listings/${slug}/data`);
      await page.getByLabel('Column with the key').fill('station');
      await choose(ada, 'stations.csv', 'station,name,height\np1,"Porto, Foz",12.50\n,nowhere,1\n');
      await send(ada);
      await page.getByRole('alert').getByText('Row 3 has no key in "station"').waitFor();
      await page.getByLabel('Column with the key').fill('station');
      await choose(ada, 'stations.csv', 'station,name,height\np1,"Porto, Foz",12.50\nl1,Lisboa,\n');
      await send(ada);
      await page.getByText('2 rows are in force').waitFor();
      await until(async () => {
        const answer = await page.goto(`/desk/listings/${slug}/preview`);
        const text = await answer!.text();
        return text.includes('Porto, Foz') && text.includes('l1');
      });
    });
  }

  it('takes a file without JavaScript, once for each opened page', async () => {
    await using ada = await visitor({ origin: market.server.url, javaScript: false });
    const { page, context } = ada;
    await becomeSeller(ada, market);
    const slug = await writeListing(ada, market);
    const path = `/desk/listings/${slug}/data`;
    await page.goto(path);
    const hidden = (name: string) => page.locator(`form[enctype] [name=${name}]`).inputValue();
    const form = { csrf: await hidden('csrf'), batchId: await hidden('batchId') };
    await choose(ada, 'readings.csv', CSV);
    await send(ada);
    await page.getByText('9,000 rows are in the feed').waitFor();

    const file = { name: 'readings.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) };
    const headers = { origin: market.server.url };
    const again = await context.request.post(path, { headers, multipart: { ...form, file } });
    assert.equal(again.status(), 200);
    assert.equal(await lengthOf(slug), ROWS);
    const forged = { ...form, csrf: 'forged', file };
    const refused = await context.request.post(path, { headers, multipart: forged });
    assert.equal(refused.status(), 403);
    const late = { batchId: 'other', file, csrf: form.csrf };
    const tooLate = await context.request.post(path, { headers, multipart: late });
    assert.equal(tooLate.status(), 403, 'the token comes ahead of the file');

    await page.getByText('Or paste a few rows').click();
    await page.getByLabel('Rows', { exact: true }).fill('at,celsius\nt-last,warm\n');
    await page.getByRole('button', { name: 'Append them' }).click();
    assert.match(await page.locator('#field-text-fault').innerText(), /Line 2, column "celsius"/);
    assert.equal(
      await page.getByLabel('Rows', { exact: true }).inputValue(),
      'at,celsius\nt-last,warm\n',
    );
    await page.getByLabel('Rows', { exact: true }).fill('at,celsius\nt-last,20\n');
    await page.getByRole('button', { name: 'Append them' }).click();
    await page.getByText('1 row is in the feed').waitFor();
    assert.deepEqual(ada.complaints, []);
  });
});
