import { paymentOf } from '../domain/card-payment.ts';
import { inOrder } from '../domain/core-order.ts';
import type { Feed, PrismaClient, Terms } from '../prisma/client/client.ts';
import type { Card, CardExtension, UnsignedCard } from '../protocol/card.ts';
import { copySigner } from '../protocol/copy-signer.ts';
import type { MarketKeys } from '../protocol/market-keys.ts';
import { signCard } from '../protocol/sign-card.ts';
import { describeInclusion } from './describe-inclusion.ts';
import type { ListingRow } from './read-listings.ts';
import { readSeeders } from './read-seeders.ts';
import { readTerms } from './read-terms.ts';

type Seeders = Awaited<ReturnType<typeof readSeeders>>;

interface MarketDeps {
  prisma: PrismaClient;
  keys: MarketKeys;
  /** The market's own, which links on the card begin with. */
  origin: string;
  /** The Lightning network that it is paid on. */
  network: NonNullable<CardExtension['network']>;
}

/** The card of a listing, signed by the market, as it is at this moment. */
export async function makeCard(
  { prisma, keys, origin, network }: MarketDeps,
  row: ListingRow,
): Promise<Card> {
  const terms = row.termsHash && (await readTerms(prisma, row.termsHash));
  const seeders = await readSeeders(prisma);
  return signCard(describe(row, { origin, keys, network }, terms, seeders), keys.signing);
}

function describe(
  row: ListingRow,
  { origin, keys, network }: Omit<MarketDeps, 'prisma'>,
  terms: Terms | null,
  { seeders, bootstrap }: Seeders,
): UnsignedCard {
  const { feed, seller, plans, tags, licence, sourceUrl } = row;
  const cores = inOrder(feed?.cores ?? []);
  const [first] = cores;
  if (!feed || !first) throw new Error(`listing ${row.slug} has no core`);
  return {
    id: hex(first.key),
    name: row.title,
    description: row.description,
    provider: seller.name,
    homepage: seller.homepage ?? '',
    contact: seller.contact ?? '',
    payment: plans.map(paymentOf),
    dazaar: {
      version: 2,
      market: origin,
      listing: `${origin}/v1/listings/${row.slug}`,
      feedId: feed.id,
      kind: feed.kind,
      mode: feed.mode,
      epochMs: feed.epochMs,
      copySigner: copySignerOf(feed, keys),
      cores: cores.map(({ role, key }) => ({ role, key: hex(key) })),
      tags,
      licence,
      terms: terms && { ...linkTerms(terms.hash, origin), text: terms.text },
      sourceUrl,
      preview: { from: row.previewFrom, blocks: row.previewBlocks },
      blockSchema: feed.blockSchema as Record<string, unknown>,
      network,
      plans: plans.map(({ name }) => name),
      includes: plans.map(describeInclusion),
      seeders,
      bootstrap: bootstrap.map(({ host, port }) => ({ host, port })),
    },
  };
}

/** The public key that signs the copies of a unique feed, in hexadecimal; null for any other. */
export function copySignerOf(
  { id, mode }: Pick<Feed, 'id' | 'mode'>,
  keys: Pick<MarketKeys, 'derive'>,
): string | null {
  return mode === 'unique' ? hex(copySigner(keys, id).publicKey) : null;
}

/** A version of terms of use by its name, and where it can be read. */
export function linkTerms(termsHash: Uint8Array, origin: string): { hash: string; url: string } {
  const hash = hex(termsHash);
  return { hash, url: `${origin}/v1/terms/${hash}` };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
