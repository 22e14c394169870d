import assert from 'node:assert/strict';
import { maunaLoaCo2 } from '../../prisma/seed/datasets/mauna-loa-co2.ts';
import { seattleWeather } from '../../prisma/seed/datasets/seattle-weather.ts';
import type { TestMarket } from '../support/market.ts';
import { call, until } from '../support/shop.ts';

export const BY_KEY = 'co2-by-month';
export const FILES = 'seattle-weather-files';

const PLANS = [{ name: 'day', kind: 'time', periodMs: 86_400_000, priceMsat: '100000' }];
const ROWS = 120;

/** Lists more of what the sample catalogue has little of: records by key, and files; of the same data. */
export async function listOtherKinds(market: TestMarket): Promise<void> {
  await list(market, BY_KEY, 'hyperbee', 'CO2 at Mauna Loa, looked up by month', maunaLoaCo2);
  const entries = rowsOf(maunaLoaCo2).slice(-ROWS);
  const puts = entries.map(({ Date: day, ...value }) => ({ op: 'put', key: day, value }));
  await call(market, 'POST', `/v1/seller/listings/${BY_KEY}/entries?batchId=all`, puts, 201);
  await publish(market, BY_KEY);

  await list(market, FILES, 'hyperdrive', 'Seattle weather, a file a year', seattleWeather);
  const years = Map.groupBy(rowsOf(seattleWeather), ({ date }) => date!.slice(0, 4));
  for (const [year, rows] of years) {
    const text = rows.map((row) => `${Object.values(row).join(',')}\n`).join('');
    await put(market, `${year}/daily.csv`, `${Object.keys(rows[0]!).join(',')}\n${text}`);
    await put(market, `${year}/about.txt`, `${rows.length} days of ${year}.\n`);
  }
  await publish(market, FILES);
}

type Row = Record<string, string>;

function rowsOf({ blocks }: typeof maunaLoaCo2): Row[] {
  return blocks().map((block) => JSON.parse(block));
}

async function list(
  market: TestMarket,
  slug: string,
  kind: 'hyperbee' | 'hyperdrive',
  title: string,
  { listing: { description, licence, sourceUrl } }: typeof maunaLoaCo2,
): Promise<void> {
  const preview = { from: 'first', blocks: 12 };
  const what = { slug, title, description, licence, sourceUrl, preview };
  const listing = { ...what, feed: { kind }, blockSchema: {}, plans: PLANS };
  await call(market, 'POST', '/v1/seller/listings', listing, 201);
}

async function put({ server, apiKey }: TestMarket, path: string, text: string): Promise<void> {
  const answer = await fetch(`${server.url}/v1/seller/listings/${FILES}/files/${path}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/octet-stream',
    },
    body: text,
  });
  assert.ok(answer.ok, await answer.text());
}

/** On sale, with a sample that the market has taken. */
async function publish(market: TestMarket, slug: string): Promise<void> {
  await call(market, 'POST', `/v1/seller/listings/${slug}/publish`, undefined, 200);
  await until(async () => {
    const answer = await fetch(`${market.server.url}/v1/listings/${slug}/preview`);
    return answer.ok && ((await answer.json()) as { items: unknown[] }).items.length > 0;
  });
}
