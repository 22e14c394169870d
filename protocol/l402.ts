import { createHash, timingSafeEqual } from 'node:crypto';
import crypto from 'hypercore-crypto';
import { importMacaroon, type Macaroon, newMacaroon } from 'macaroon';
import type { MarketKeys } from './market-keys.ts';

// The identifier of an L402 macaroon, version 0: version (uint16), payment hash, token id.
const VERSION = 0;
const HASH_BYTES = 32;
const IDENTIFIER_BYTES = 2 + 2 * HASH_BYTES;
const MAX_ENCODED = 4_096;
const LOCATION = 'dazaar';
const LAST = 'plan';
const FIELD = { location: 1, identifier: 2, signature: 6 };
const END = Buffer.from([0]);

/** What a macaroon of ours was minted for. */
export interface Ticket {
  paymentHash: Uint8Array;
  /** 32 random bytes: who holds it reads as the buyer key of {@link buyerKeyOf}. */
  tokenId: Uint8Array;
}

/** What the caveats leave of it. */
export interface Restrictions {
  feedId: string;
  /** In ms since the epoch; null: as long as the grant. */
  untilMs: number | null;
}

/** A macaroon of ours, read. */
export interface ReadMacaroon extends Ticket, Restrictions {
  /** Nobody has added a condition: its holder may all that the buyer key may. */
  isWhole: boolean;
}

/** A macaroon in base64 (version 2, binary) that opens one feed, once the preimage comes with it. */
export function mint(
  keys: MarketKeys,
  { paymentHash, tokenId }: Ticket,
  { feedId, plan, untilMs }: Restrictions & { plan: string },
): string {
  const version = Buffer.alloc(2);
  version.writeUInt16BE(VERSION);
  const identifier = Buffer.concat([version, paymentHash, tokenId]);
  const rootKey = rootKeyOf(keys, identifier);
  const macaroon = newMacaroon({ identifier, location: LOCATION, rootKey, version: 2 });
  macaroon.addFirstPartyCaveat(`feed=${feedId}`);
  if (untilMs !== null) {
    macaroon.addFirstPartyCaveat(`valid_until=${Math.ceil(untilMs / 1000)}`);
  }
  // Our last one: whatever stands behind it a holder has added.
  macaroon.addFirstPartyCaveat(`${LAST}=${plan}`);
  return encodeMacaroon(macaroon);
}

/**
 * Writes a macaroon as version 2, in base64 (https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt). The
 * package's own `exportBinary` doubles its buffer at each field: gigabytes for a few caveats.
 */
export function encodeMacaroon({ location, identifier, caveats, signature }: Macaroon): string {
  const parts = [
    Buffer.from([2]),
    field(FIELD.location, Buffer.from(location)),
    field(FIELD.identifier, identifier),
    END,
    ...caveats.flatMap((caveat) => [field(FIELD.identifier, caveat.identifier), END]),
    END,
    field(FIELD.signature, signature),
  ];
  return Buffer.concat(parts).toString('base64');
}

/**
 * Reads a macaroon that we minted, whatever its holder has added to it. A condition that we do not know refuses it: to
 * pass over it would give somebody more than he was given.
 *
 * @returns null when it is none of ours, or its caveats contradict each other
 */
export function readMacaroon(keys: MarketKeys, encoded: string): ReadMacaroon | null {
  if (encoded.length > MAX_ENCODED) return null;
  const caveats: string[] = [];
  try {
    const macaroon = importMacaroon(Buffer.from(encoded, 'base64'));
    const identifier = Buffer.from(macaroon.identifier);
    if (identifier.length !== IDENTIFIER_BYTES || identifier.readUInt16BE() !== VERSION)
      return null;
    macaroon.verify(rootKeyOf(keys, identifier), (caveat) => {
      caveats.push(caveat);
      return null;
    });
    const restrictions = restrictionsOf(caveats);
    if (!restrictions) return null;
    const paymentHash = identifier.subarray(2, 2 + HASH_BYTES);
    const tokenId = identifier.subarray(2 + HASH_BYTES);
    return { paymentHash, tokenId, ...restrictions, isWhole: isWhole(caveats) };
  } catch {
    return null;
  }
}

/** Whether this is what the payment hash is the SHA-256 of: only whoever paid can know. */
export function isPreimage(hex: string, paymentHash: Uint8Array): boolean {
  if (!/^[0-9a-f]{64}$/i.test(hex)) return false;
  const hash = createHash('sha256').update(Buffer.from(hex, 'hex')).digest();
  return timingSafeEqual(hash, paymentHash);
}

/** The key that an order over L402 is granted to. Nobody holds its secret but the market, which has no use for it. */
export function buyerKeyOf(keys: MarketKeys, tokenId: Uint8Array): Uint8Array<ArrayBuffer> {
  const seed = keys.derive(`l402 buyer ${Buffer.from(tokenId).toString('hex')}`);
  return Uint8Array.from(crypto.keyPair(seed).publicKey);
}

function rootKeyOf(keys: MarketKeys, identifier: Uint8Array): Uint8Array {
  return keys.derive(`l402 root ${createHash('sha256').update(identifier).digest('hex')}`);
}

// The first of them is ours, also when a holder has added the same again: caveats are chained in their order.
function isWhole(caveats: readonly string[]): boolean {
  return caveats.findIndex((caveat) => caveat.startsWith(`${LAST}=`)) === caveats.length - 1;
}

function restrictionsOf(caveats: readonly string[]): Restrictions | null {
  const feeds = new Set<string>();
  const plans = new Set<string>();
  const ends: number[] = [];
  for (const caveat of caveats) {
    const [condition, value = ''] = caveat.split(/=(.*)/s);
    if (condition === 'feed') feeds.add(value);
    else if (condition === LAST) plans.add(value);
    else if (condition === 'valid_until' && /^\d{1,11}$/.test(value)) ends.push(+value * 1000);
    else return null;
  }
  const [feedId] = feeds;
  if (feeds.size !== 1 || plans.size !== 1 || feedId === undefined) return null;
  return { feedId, untilMs: ends.length > 0 ? Math.min(...ends) : null };
}

function field(type: number, bytes: Uint8Array): Buffer {
  const size: number[] = [];
  for (let rest = bytes.length; ; rest >>= 7) {
    size.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) break;
  }
  return Buffer.concat([Buffer.from([type, ...size]), bytes]);
}
