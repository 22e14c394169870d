import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Corestore from 'corestore';
import type { FeedKind } from '../../contract/index.ts';
import { openWriter } from '../../seeder/cores.ts';
import type { Feed } from '../../seeder/feeds.ts';
import type { TestMarket } from '../support/market.ts';

export interface HostedFeed {
  slug: string;
  feedId: string;
}

/** Lists a hosted feed over the REST API, as a draft. */
export async function addFeed(
  market: TestMarket,
  kind: FeedKind = 'hypercore',
  blockSchema: object = {},
): Promise<HostedFeed> {
  const slug = `feed-${randomBytes(4).toString('hex')}`;
  const answer = await send(market, 'POST', '/v1/seller/listings', {
    'content-type': 'application/json',
  })(
    JSON.stringify({
      slug,
      title: slug,
      description: '',
      licence: 'CC0-1.0',
      feed: { kind },
      blockSchema,
      plans: [{ name: 'free', kind: 'free' }],
    }),
  );
  assert.equal(answer.status, 201, await answer.text());
  const feed = await market.db.prisma.feed.findFirstOrThrow({ where: { listing: { slug } } });
  return { slug, feedId: feed.id };
}

/** Sends a body to the seller API. */
export function send(
  { server, apiKey }: Pick<TestMarket, 'server' | 'apiKey'>,
  method: string,
  path: string,
  headers: Record<string, string> = {},
) {
  return (body?: NonNullable<RequestInit['body']>): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      ...(body !== undefined && { body, duplex: 'half' }),
    });
}

/** What stands in a hosted feed's storage; the seeder has to be stopped. */
export async function openFeed<T>(
  dir: string,
  feedId: string,
  kind: FeedKind,
  read: (feed: Feed) => Promise<T>,
): Promise<T> {
  const store = new Corestore(join(dir, 'seeder', 'cores'));
  try {
    return await read(await openWriter(store, feedId, kind, null));
  } finally {
    await store.close();
  }
}

/** All blocks of a core as text. */
export async function texts({ core }: Feed): Promise<string[]> {
  const blocks: string[] = [];
  for (let index = 0; index < core.length; index++) blocks.push(String(await core.get(index)));
  return blocks;
}
