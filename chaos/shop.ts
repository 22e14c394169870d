import { SCOPES } from '../contract/operation.ts';
import { createApiKey } from '../flow/api-keys.ts';
import { ask, type Request } from './caller.ts';
import { seeded } from './random.ts';
import type { Stand } from './stand.ts';

const SELLERS = 2;
const DAY_MS = 86_400_000;
export const BLINK_MS = 2_000;

const PLANS = [
  { name: 'day', kind: 'time', periodMs: DAY_MS, priceMsat: '5000' },
  { name: 'blink', kind: 'time', periodMs: BLINK_MS, priceMsat: '3000' },
  { name: 'forever', kind: 'forever', priceMsat: '9000' },
  { name: 'gift', kind: 'free' },
  { name: 'trial', kind: 'trial', periodMs: DAY_MS },
];

export interface Listing {
  slug: string;
  feedId: string;
  coreKey: string;
  seller: Seller;
  isHeld: boolean;
}

export interface Seller {
  id: string;
  apiKey: string;
  listings: Listing[];
  /** What its webhook's messages are signed with. */
  secret: string;
}

export interface Shop {
  sellers: Seller[];
  listings: Listing[];
}

/** Opens the shop ahead of all faults: sellers with feeds on sale, each with a webhook. */
export async function openShop(stand: Stand, hookUrl: string): Promise<Shop> {
  const sellers: Seller[] = [];
  for (let n = 1; n <= SELLERS; n++) sellers.push(await openSeller(stand, n, hookUrl));
  return { sellers, listings: sellers.flatMap(({ listings }) => listings) };
}

/** Asks as a seller, on any server, until there is an answer. */
export function askAs(stand: Stand, seller: Seller, request: Request) {
  const headers = { authorization: `Bearer ${seller.apiKey}`, ...request.headers };
  return ask(stand.servers, stand.answers, { ...request, headers });
}

async function openSeller(stand: Stand, n: number, hookUrl: string): Promise<Seller> {
  const { prisma } = stand.db;
  const { id } = await prisma.seller.create({ data: { name: `Seller ${n}` } });
  const apiKey = await createApiKey(prisma, id, 'chaos', 'sandbox', [...SCOPES]);
  const seller: Seller = { id, apiKey, listings: [], secret: '' };
  for (const kind of ['plain', 'busy', 'held']) {
    seller.listings.push(await list(stand, seller, `chaos-${kind}-${n}`, kind === 'held'));
  }
  const hook = await askAs(stand, seller, {
    path: '/v1/seller/webhooks',
    body: { url: hookUrl },
    random: seeded(n),
  });
  seller.secret = hook.body.secret;
  return seller;
}

async function list(stand: Stand, seller: Seller, slug: string, isHeld: boolean): Promise<Listing> {
  const random = seeded(1);
  const body = {
    slug,
    title: slug,
    description: '',
    licence: 'CC0-1.0',
    blockSchema: {},
    plans: PLANS,
    ...(isHeld && { settlement: 'held' }),
  };
  await askAs(stand, seller, { path: '/v1/seller/listings', body, random });
  const path = `/v1/seller/listings/${slug}/publish`;
  const published = await askAs(stand, seller, { method: 'POST', path, random, again: [409] });
  if (published.status !== 200) throw new Error(`${slug}: ${JSON.stringify(published.body)}`);
  const feed = await stand.db.prisma.feed.findFirstOrThrow({
    where: { listing: { slug } },
    include: { cores: true },
  });
  const coreKey = Buffer.from(feed.cores[0]!.key).toString('hex');
  return { slug, feedId: feed.id, coreKey, seller, isHeld };
}
