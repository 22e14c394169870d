import crypto from 'hypercore-crypto';
import { z } from 'zod';

/** How many epochs there are: what the header of a sealed block has room for. */
export const EPOCHS = 2 ** 32;

/** The most seeds that a range can take: two on each level of the tree but the topmost. */
export const MAX_SEEDS = 62;

const SEED_BYTES = 32;
const LAST_EPOCH = EPOCHS - 1;

const [ROOT, LEFT, RIGHT, KEY] = crypto.namespace('dazaar/epoch-tree/1', 4) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

/**
 * What opens the epochs from `first` to `last`, both included, and no other: a seed for each of the fewest whole
 * subtrees that they consist of, from left to right, 32 bytes each.
 *
 * The tree is that of Goldreich, Goldwasser and Micali ("How to Construct Random Functions", Journal of the ACM 33(4),
 * 1986): each seed gives those of both its halves by a one-way function, and nothing leads up or across. To hand out
 * some of its seeds is what is called a constrained pseudorandom function since Boneh and Waters, 2013.
 */
export interface EpochSeeds {
  readonly first: number;
  readonly last: number;
  readonly bytes: Uint8Array;
}

/** Seeds as they are sent and stored in JSON: of a range there is exactly one form. */
export const epochSeedsJson = z
  .object({
    first: z.int().min(0).max(LAST_EPOCH),
    last: z.int().min(0).max(LAST_EPOCH),
    /** Base64. */
    seeds: z.base64().max(Math.ceil((MAX_SEEDS * SEED_BYTES) / 3) * 4),
  })
  .refine(({ first, last, seeds }) => first <= last && bytesOf(seeds) === sizeOf(first, last), {
    error: 'are not the seeds of that range',
  });
export type EpochSeedsJson = z.infer<typeof epochSeedsJson>;

/** A subtree: `span` epochs, a power of two, from `first` on. */
interface Subtree {
  first: number;
  span: number;
}

/**
 * The seed of all epochs of one feed. One secret serves any number of feeds: their trees have nothing in common.
 *
 * @param secret 32 bytes
 * @param feed what names the feed, such as its key
 */
export function rootSeeds(secret: Uint8Array, feed: Uint8Array): EpochSeeds {
  if (secret.byteLength !== SEED_BYTES) throw new RangeError('a root secret has 32 bytes');
  return { first: 0, last: LAST_EPOCH, bytes: crypto.hash([ROOT, secret, feed]) };
}

/** The seeds of a range out of those of a larger one; null when they do not reach that far. */
export function narrowSeeds(held: EpochSeeds, first: number, last: number): EpochSeeds | null {
  if (!Number.isInteger(first) || !Number.isInteger(last) || first > last)
    throw new RangeError(`no epochs: ${first} to ${last}`);
  if (!covers(held, { first, last })) return null;
  const roots = coverOf(held.first, held.last);
  const seeds = coverOf(first, last).map((subtree) => {
    const at = roots.findIndex((root) => isWithin(subtree, root));
    return descend(seedAt(held, at), roots[at]!, subtree);
  });
  return { first, last, bytes: Buffer.concat(seeds) };
}

/** The 32 secret bytes of one epoch; null when the seeds do not reach it. */
export function epochKey(held: EpochSeeds, epoch: number): Buffer | null {
  const leaf = narrowSeeds(held, epoch, epoch);
  return leaf && crypto.hash([KEY, leaf.bytes]);
}

/**
 * Adds seeds to those held, without any that open nothing more. Of two that say different things about an epoch the newer
 * ones, which come last, are right: the older ones were a mistake.
 */
export function addSeeds(held: readonly EpochSeeds[], more: EpochSeeds): readonly EpochSeeds[] {
  const wider = held.findLast((each) => covers(each, more));
  if (wider && isSame(narrowSeeds(wider, more.first, more.last)!, more)) return held;
  return [...held.filter((each) => !covers(more, each)), more];
}

/** Whether two are the same seeds of the same range. */
export function isSame(one: EpochSeeds, other: EpochSeeds): boolean {
  return (
    one.first === other.first &&
    one.last === other.last &&
    Buffer.compare(one.bytes, other.bytes) === 0
  );
}

/** Whether seeds reach an epoch. */
export function reaches({ first, last }: EpochSeeds, epoch: number): boolean {
  return first <= epoch && epoch <= last;
}

export function writeSeeds({ first, last, bytes }: EpochSeeds): EpochSeedsJson {
  return { first, last, seeds: Buffer.from(bytes).toString('base64') };
}

/** Reads what {@link epochSeedsJson} has let through. */
export function readSeeds({ first, last, seeds }: EpochSeedsJson): EpochSeeds {
  return { first, last, bytes: Buffer.from(seeds, 'base64') };
}

function covers(held: EpochSeeds, { first, last }: { first: number; last: number }): boolean {
  return held.first <= first && last <= held.last;
}

/** The fewest subtrees that are exactly these epochs, from left to right. */
function coverOf(first: number, last: number): Subtree[] {
  const cover: Subtree[] = [];
  for (let at = first; at <= last; ) {
    let span = 1;
    while (at % (span * 2) === 0 && at + span * 2 - 1 <= last) span *= 2;
    cover.push({ first: at, span });
    at += span;
  }
  return cover;
}

function isWithin(inner: Subtree, outer: Subtree): boolean {
  return outer.first <= inner.first && inner.first + inner.span <= outer.first + outer.span;
}

function seedAt({ bytes }: EpochSeeds, at: number): Uint8Array {
  return bytes.subarray(at * SEED_BYTES, (at + 1) * SEED_BYTES);
}

function descend(seed: Uint8Array, from: Subtree, to: Subtree): Uint8Array {
  let { first, span } = from;
  while (span > to.span) {
    span /= 2;
    const isRight = to.first >= first + span;
    if (isRight) first += span;
    seed = crypto.hash([isRight ? RIGHT : LEFT, seed]);
  }
  return seed;
}

function sizeOf(first: number, last: number): number {
  return coverOf(first, last).length * SEED_BYTES;
}

function bytesOf(base64: string): number {
  return Buffer.from(base64, 'base64').byteLength;
}
