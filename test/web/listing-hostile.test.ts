import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, call, listFeed, until } from '../support/shop.ts';

const skip = await browserMissing();
after(closeBrowser);

const RUN = 'window.pwned=1';
const SCRIPT = `<script>${RUN}</script>`;
const PICTURE = `"'><img src=x onerror="${RUN}"><svg onload="${RUN}">`;
const HOSTILE = `${SCRIPT}${PICTURE}</title></textarea></script><!--`;
const PLANS = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '1000' }];
// Deep, cyclic, and with names that mean something to JavaScript.
const SCHEMA = {
  title: HOSTILE,
  type: 'object',
  properties: {
    [HOSTILE]: { type: 'string', format: HOSTILE, unit: HOSTILE, description: HOSTILE },
    constructor: { enum: [HOSTILE, SCRIPT] },
    toString: { const: HOSTILE },
    n: { type: 'integer', description: `[x](javascript:${RUN})` },
    around: { $ref: '#' },
    nowhere: { $ref: `#/$defs/${HOSTILE}` },
    loop: { $ref: '#/$defs/loop' },
  },
  $defs: { loop: { $ref: '#/$defs/loop' } },
};
const COMMON = {
  title: `A title ${HOSTILE}`.slice(0, 118),
  description: `${HOSTILE}\n\n# ${SCRIPT}\n\n[x](javascript:${RUN}) ![x](x"onerror=${RUN}) [y](https://example.org/"onclick=${RUN})\n\n|${SCRIPT}|\n|-|\n|${PICTURE}|\n\n\`\`\`"onload=${RUN}\n${SCRIPT}\n\`\`\`\n`,
  licence: `${SCRIPT} https://example.org/"onmouseover="${RUN}`,
  terms: `${HOSTILE} [x](javascript:${RUN})`,
  sourceUrl: `https://example.org/"><script>${RUN}</script>`,
  blockSchema: SCHEMA,
  preview: { from: 'first', blocks: 100 },
};

test('nothing that a seller writes runs on the page of the feed (A32)', { skip }, async () => {
  await using market = await startMarket({ workers: false });
  await market.db.prisma.seller.updateMany({
    data: { name: HOSTILE, homepage: `javascript:${RUN}`, contact: HOSTILE },
  });
  const blocks = await listFeed(market, [], PLANS, COMMON);
  await append(market, blocks.slug, [
    { n: 1, [HOSTILE]: HOSTILE, constructor: SCRIPT, ['__proto__']: { polluted: HOSTILE } },
    { n: 2, toString: PICTURE, deep: { [SCRIPT]: [HOSTILE] } },
    { n: 3, extra: `=${SCRIPT}` },
  ]);
  const bee = await listFeed(market, [], PLANS, { ...COMMON, feed: { kind: 'hyperbee' } });
  const entries = [
    { op: 'put', key: HOSTILE, value: { [HOSTILE]: HOSTILE } },
    { op: 'put', key: '__proto__', value: HOSTILE },
  ];
  const batch = `/v1/seller/listings/${bee.slug}/entries?batchId=a`;
  await call(market, 'POST', batch, entries, 201);
  const drive = await listFeed(market, [], PLANS, { ...COMMON, feed: { kind: 'hyperdrive' } });
  const deep = Array.from({ length: 300 }, () => 'a').join('/');
  for (const path of [
    `<img src=x onerror=${RUN}>`,
    '__proto__/constructor',
    `${deep}/${SCRIPT.replaceAll('/', '')}`,
  ]) {
    await putFile(market, drive.slug, path);
  }

  for (const { slug } of [blocks, bee, drive]) {
    await untilPreviewed(market, slug);
    await using reader = await visitor({ origin: market.server.url, width: 320 });
    const { page } = reader;
    const answer = await page.goto(`/listings/${slug}`);
    assert.equal(answer?.status(), 200);
    await page.evaluate(
      `document.querySelectorAll('details').forEach((each) => { each.open = true })`,
    );
    await page.locator('.figures, .files').first().scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
    const found = await page.evaluate(`({
      pwned: window.pwned,
      polluted: ({}).polluted,
      scripts: document.querySelectorAll('main script:not([type])').length,
      pictures: document.querySelectorAll('main img').length,
      handlers: [...document.querySelectorAll('main *')].filter((each) =>
        each.getAttributeNames().some((name) => name.startsWith('on') || name === 'style' && each.outerHTML.includes('pwned'))).length,
      addresses: [...document.querySelectorAll('main a')].filter(({ protocol }) =>
        !['http:', 'https:', 'mailto:'].includes(protocol)).length,
      wide: document.documentElement.scrollWidth,
    })`);
    assert.deepEqual(found, {
      pwned: undefined,
      polluted: undefined,
      scripts: 0,
      pictures: 0,
      handlers: 0,
      addresses: 0,
      wide: 320,
    });
    assert.deepEqual(reader.complaints, []);
    const told = await page.locator('main').innerText();
    assert.ok(told.includes('<script>'), 'it is there to be read');
  }
});

async function putFile({ server, apiKey }: TestMarket, slug: string, path: string) {
  const address = path.split('/').map(encodeURIComponent).join('/');
  const answer = await fetch(`${server.url}/v1/seller/listings/${slug}/files/${address}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'text/html' },
    body: SCRIPT,
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function untilPreviewed({ server }: TestMarket, slug: string): Promise<void> {
  await until(async () => {
    const answer = await fetch(`${server.url}/v1/listings/${slug}/preview`);
    return ((await answer.json()) as { items: unknown[] }).items.length > 1;
  });
}
