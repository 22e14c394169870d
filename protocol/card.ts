import { ed25519 } from '@noble/curves/ed25519.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { CardPayment } from '../domain/card-payment.ts';
import { canonicalJson } from './canonical-json.ts';

const CONTEXT = 'dazaar/card/2\n';
// As RFC 8032 has it, and libsodium.
const STRICT = { zip215: false };

/** What Dazaar 2 adds to a card. Keys, hashes and the signature are hex. */
export interface CardExtension {
  version: 2;
  /** The market's origin, and the listing there. */
  market: string;
  listing: string;
  feedId: string;
  kind: 'hypercore' | 'hyperbee' | 'hyperdrive' | 'autobase';
  mode: 'open' | 'sealed' | 'unique';
  /** Of a sealed feed: how long an epoch is. */
  epochMs: number | null;
  /** Of a unique feed: the Ed25519 key that signs the buyers' copies. */
  copySigner: string | null;
  cores: { role: string; key: string }[];
  tags: string[];
  licence: string;
  terms: { hash: string; url: string; text: string } | null;
  sourceUrl: string | null;
  preview: { from: 'first' | 'last'; blocks: number };
  blockSchema: Record<string, unknown>;
  /** The Lightning network that it is paid on; cards of older markets do not say. */
  network?: 'sandbox' | 'regtest' | 'signet' | 'testnet' | 'mainnet' | undefined;
  /** The names of the plans, in the order of `payment`. */
  plans: string[];
  /** What each of them opens, in the same order. */
  includes: CardInclusion[];
  /** Noise keys of the seeding nodes that are up. */
  seeders: string[];
  /** How the DHT is entered that they are on; empty for the public one. */
  bootstrap: { host: string; port: number }[];
  /** The Ed25519 key that signs. */
  marketKey: string;
  signature: string;
}

/** What a plan opens: which of the blocks that are there already, and to how many machines with one key (null: no limit). */
export interface CardInclusion {
  history: 'all' | 'from-purchase' | 'last';
  /** Of `last`: how many. */
  historyBlocks: number | null;
  maxConnections: number | null;
  /** false: it is free, and nobody has to order it. */
  tracked: boolean;
}

/** The JSON that tells the world what is sold, and how it is paid. */
export interface Card {
  /** The key of the feed's first core. */
  id: string;
  name: string;
  description: string;
  provider: string;
  homepage: string;
  contact: string;
  payment: CardPayment[];
  dazaar: CardExtension;
}

export type UnsignedCard = Omit<Card, 'dazaar'> & {
  dazaar: Omit<CardExtension, 'marketKey' | 'signature'>;
};

/**
 * Whether a card is as the key on it has signed it. That this key is the right one is for the reader to know.
 *
 * @param card anything: what is no signed card is not valid
 */
export function verifyCard(card: unknown): boolean {
  if (!isObject(card) || !isObject(card.dazaar)) return false;
  const { signature, ...rest } = card.dazaar;
  const signatureBytes = bytesOfHex(signature, 64);
  const key = bytesOfHex(rest.marketKey, 32);
  if (!signatureBytes || !key) return false;
  try {
    return ed25519.verify(signatureBytes, signedBytes({ ...card, dazaar: rest }), key, STRICT);
  } catch {
    // It holds what has no canonical form, and so was never signed.
    return false;
  }
}

/** What is signed: `dazaar/card/2`, a line feed and the canonical JSON of the card without its signature. */
export function signedBytes(card: object): Uint8Array {
  return utf8ToBytes(CONTEXT + canonicalJson(card));
}

function bytesOfHex(text: unknown, length: number): Uint8Array | null {
  const isHex = typeof text === 'string' && /^[0-9a-f]*$/.test(text);
  return isHex && text.length === length * 2 ? hexToBytes(text) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
