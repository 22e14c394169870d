import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { EXIT } from '../buyer/exit-codes.ts';
import { Failure, fileFault, refuseUsage } from '../buyer/failure.ts';
import { type NewListing, newListing } from '../contract/index.ts';
import { slugOf } from '../domain/slug.ts';
import { planOfText } from './plan-text.ts';
import { parseJson } from './shop-files.ts';

/** What is to be on sale: the listing, as far as it is said, and the files or folders with its data. */
export interface Offer {
  listing: Partial<NewListing> & { slug: string };
  files: string[];
}

export interface OfferOptions {
  title?: string;
  slug?: string;
  description?: string;
  licence?: string;
  terms?: string;
  kind?: string;
  sealed?: boolean;
  unique?: boolean;
  tag?: string[];
  plan?: string[];
  preview?: string;
}

const entry = z.looseObject({ files: z.array(z.string()).default([]) });
const entries = z.union([entry.transform((one) => [one]), z.array(entry).min(1)]);

/**
 * What the command line offers: listings written in a JSON file, or one said in options. Nothing at all is fine.
 *
 * @throws Failure naming the first thing that is wrong
 */
export async function offersOf(options: OfferOptions, files: readonly string[]): Promise<Offer[]> {
  if (isSaid(options)) return [await offerOfOptions(options, files)];
  const [file, ...others] = files;
  if (file === undefined) return [];
  if (others.length > 0) refuseUsage('what is it called?', 'say it with --title');
  return offersInFile(file);
}

/** A whole listing with what is usual where nothing is said. @throws Failure */
export function wholeListing({ listing }: Offer): NewListing {
  if (listing.plans === undefined) {
    refuseUsage(`what does ${listing.slug} cost?`, 'say it with --plan hour=100sat/1h');
  }
  const usual = { description: '', licence: 'All rights reserved', blockSchema: {} };
  const { data, error } = newListing.safeParse({ ...usual, ...listing });
  if (data) return data as NewListing;
  const [issue] = error.issues;
  return refuseUsage(`${listing.slug}: ${issue?.path.join('/')}: ${issue?.message}`);
}

const isSaid = ({ title, slug }: OfferOptions) => title !== undefined || slug !== undefined;

async function offerOfOptions(options: OfferOptions, files: readonly string[]): Promise<Offer> {
  const { title, description, licence, tag, plan, kind, preview } = options;
  const terms = options.terms === undefined ? undefined : await textOf(options.terms);
  const mode = modeOf(options);
  const listing = {
    slug: options.slug ?? slugOf(title ?? ''),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(licence !== undefined && { licence }),
    ...(terms !== undefined && { terms: terms.trim() }),
    ...(tag && { tags: tag }),
    ...(plan && { plans: plan.map(planOfText) }),
    ...((kind !== undefined || mode) && { feed: feedOf(kind, mode) }),
    ...(preview !== undefined && { preview: { blocks: Number(preview) } }),
  };
  return { listing, files: files.map((file) => resolve(file)) };
}

function modeOf({ sealed, unique }: OfferOptions): 'sealed' | 'unique' | undefined {
  if (sealed && unique) refuseUsage('a feed is --sealed or --unique, not both');
  if (sealed) return 'sealed';
  return unique ? 'unique' : undefined;
}

function feedOf(kind?: string, mode?: string): NonNullable<NewListing['feed']> {
  const feed = { ...(kind !== undefined && { kind }), ...(mode !== undefined && { mode }) };
  return feed as NonNullable<NewListing['feed']>;
}

async function offersInFile(file: string): Promise<Offer[]> {
  const { data } = entries.safeParse(parseJson(await textOf(file)));
  if (!data) {
    return refuseUsage(`${file} is no listing in JSON`, 'data files come with --title TITLE');
  }
  return data.map(({ files, ...listing }) => {
    const slug = listing.slug ?? slugOf(String(listing.title ?? ''));
    const offer = { listing: { ...listing, slug } as Offer['listing'], files };
    return { ...offer, files: files.map((each) => resolve(dirname(file), each)) };
  });
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error) => {
    throw new Failure(EXIT.local, 'unreadable', `${file} cannot be read (${fileFault(error)})`);
  });
}
