import type { PlanTerms } from '../domain/plan-list.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Listing, Prisma, PrismaClient } from '../prisma/client/client.ts';
import { faultOfBlockSchema } from '../protocol/block-schema.ts';
import { announceListing } from './announce-listing.ts';
import { nowMs } from './clock.ts';
import type { Tx } from './deps.ts';
import { keepTerms } from './keep-terms.ts';
import { lockListing } from './lock-listing.ts';
import { faultOfPlans, writePlans } from './write-plans.ts';

/** What to change of a listing; what is left out stays as it is. */
export interface ListingEdit {
  title?: string | undefined;
  description?: string | undefined;
  tags?: string[] | undefined;
  licence?: string | undefined;
  terms?: string | null | undefined;
  sourceUrl?: string | null | undefined;
  previewFrom?: 'first' | 'last' | undefined;
  previewBlocks?: number | undefined;
  holdsPayments?: boolean | undefined;
  blockSchema?: Prisma.InputJsonObject | undefined;
  plans?: PlanTerms[] | undefined;
}

/**
 * Changes a listing, if it still is at a version that the caller has seen. Access that was bought goes on as it is.
 *
 * @param versions those that the change was written for; null for any
 */
export async function changeListing(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  versions: readonly number[] | null,
  edit: ListingEdit,
): Promise<Listing | Refusal> {
  return prisma.$transaction(async (tx) => {
    const listing = await lockListing(tx, sellerId, slug);
    if (isRefusal(listing)) return listing;
    if (versions && !versions.includes(listing.version)) {
      return refuse('listing-changed', `"${slug}" is at version ${listing.version} by now.`);
    }
    if (listing.state === 'withdrawn') {
      return refuse('listing-withdrawn', `"${slug}" was withdrawn and stays as it is.`);
    }
    return change(tx, listing, edit);
  });
}

async function change(tx: Tx, listing: Listing, edit: ListingEdit): Promise<Listing | Refusal> {
  const { blockSchema, plans, terms, ...columns } = edit;
  const fault = blockSchema && faultOfBlockSchema(blockSchema);
  if (fault) return refuse('block-schema-invalid', `The block schema cannot be used: ${fault}.`);
  const listingId = listing.id;
  const { kind } = await tx.feed.findUniqueOrThrow({ where: { listingId } });
  const unsellable = plans && (await faultOfPlans(tx, plans, kind));
  if (unsellable) return unsellable;

  if (plans) await writePlans(tx, listingId, plans, await nowMs(tx));
  if (blockSchema) await tx.feed.update({ where: { listingId }, data: { blockSchema } });
  const changed = await tx.listing.update({
    where: { id: listingId },
    data: {
      ...withoutUndefined(columns),
      termsHash: await termsAfter(tx, listing, edit),
      version: { increment: 1 },
    },
  });
  await announceListing(tx, 'listing.updated', changed);
  return changed;
}

// Terms and licence are one version: another licence makes another hash, under which nobody has accepted yet.
async function termsAfter(
  tx: Tx,
  listing: Listing,
  { terms, licence }: ListingEdit,
): Promise<Listing['termsHash']> {
  if (terms === null || (terms === undefined && listing.termsHash === null)) return null;
  if (terms === undefined && licence === undefined) return listing.termsHash;
  const text = terms ?? (await textOf(tx, listing.termsHash));
  return keepTerms(tx, listing.sellerId, { text, licence: licence ?? listing.licence });
}

async function textOf(tx: Tx, hash: Listing['termsHash']): Promise<string> {
  if (!hash) throw new Error('a listing without terms has no text of them');
  const { text } = await tx.terms.findUniqueOrThrow({ where: { hash } });
  return text;
}

function withoutUndefined<T extends object>(
  columns: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const set = Object.entries(columns).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [K in keyof T]: Exclude<T[K], undefined> };
}
