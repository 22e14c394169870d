import { readFile } from 'node:fs/promises';
import { card as cardShape } from '../../contract/card.ts';
import { type Card, verifyCard } from '../../protocol/card.ts';
import { fromZ32 } from '../../protocol/z32.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, fileFault, refuseUsage } from '../failure.ts';

const KEY_BYTES = 32;
const HEX_KEY = /^[0-9a-f]{64}$/i;
const FETCH_MS = 15_000;
const MAX_CARD_BYTES = 1024 * 1024;
const EXPECTED =
  'give a card (its file, text or address), the address of a market, or a listing key';

/** Where a card is to be had. */
export type CardSource =
  | { kind: 'card'; card: unknown }
  | { kind: 'url'; url: URL }
  | { kind: 'file'; path: string }
  /** The public key of a feed's first core, in hex. */
  | { kind: 'key'; key: string };

/**
 * What somebody means who names a card: the card itself, its text, its file or its address, the address of a market (with
 * the listing's slug), or the key of a feed's first core in hex or z-base-32.
 *
 * @throws Failure
 */
export function cardSource(given: unknown, listing?: string): CardSource {
  if (typeof given === 'object' && given !== null) {
    return given instanceof URL ? fromUrl(given, listing) : { kind: 'card', card: given };
  }
  if (typeof given !== 'string' || given.trim() === '') return refuseUsage('buy what?', EXPECTED);
  const text = given.trim();
  const key = listingKey(text);
  if (key !== null) return { kind: 'key', key };
  if (text.startsWith('{')) return { kind: 'card', card: parseJson(text) };
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return fromUrl(new URL(text), listing);
  return { kind: 'file', path: text };
}

/** A listing key in hex; null when the text is none. */
export function listingKey(text: string): string | null {
  if (HEX_KEY.test(text)) return text.toLowerCase();
  return fromZ32(text, KEY_BYTES)?.toString('hex') ?? null;
}

/** The card that is there, if it is whole and signed as it says. @throws Failure */
export async function readCard(source: Exclude<CardSource, { kind: 'key' }>): Promise<Card> {
  if (source.kind === 'card') return checkCard(source.card, 'what was given');
  if (source.kind === 'url') return checkCard(await fetchJson(source.url), source.url.href);
  return checkCard(parseJson(await readText(source.path)), source.path);
}

/** A card that its market has signed. @throws Failure */
export function checkCard(value: unknown, where: string): Card {
  const parsed = cardShape.safeParse(value);
  if (!parsed.success) {
    throw new Failure(EXIT.usage, 'no-card', `${where} is no card of Dazaar 2`, EXPECTED);
  }
  // As it was signed: with what this version knows nothing of.
  if (verifyCard(value)) return value as Card;
  throw new Failure(
    EXIT.market,
    'card-forged',
    `the card of ${where} is not as its market has signed it`,
    'get it anew from the market, and do not buy with this one',
  );
}

function fromUrl(url: URL, listing: string | undefined): CardSource {
  if (listing === undefined) return { kind: 'url', url };
  const origin = url.href.endsWith('/') ? url.href : `${url.href}/`;
  return {
    kind: 'url',
    url: new URL(`v1/listings/${encodeURIComponent(listing)}/card`, origin),
  };
}

async function fetchJson(url: URL): Promise<unknown> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
    return parseJson(await boundedText(response));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(EXIT.market, 'card-unreachable', `no card at ${url.href} (${reason})`);
  }
}

async function boundedText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.byteLength;
    if (bytes > MAX_CARD_BYTES) throw new Error('too large for a card');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const message = `${path} cannot be read (${fileFault(error)})`;
    throw new Failure(EXIT.usage, 'no-card', message, EXPECTED);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
