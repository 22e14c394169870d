import crypto from 'hypercore-crypto';

/** How far a statement's time may be from the market's, either way. */
export const KEY_STATEMENT_WINDOW_MS = 5 * 60 * 1000;

const NAMESPACE = 'dazaar/key-statement/1';

/**
 * What a key is used for over HTTP: to get a token, to hand its grant over to another key, or to get a code that tells it
 * to a browser.
 */
export type KeyPurpose = 'token' | 'transfer' | 'link';

/** What a buyer key says to a market over HTTP, where there is no Noise handshake that would prove it. */
export interface KeyStatement {
  purpose: KeyPurpose;
  /** The market's public key, 32 bytes: said to one market, it means nothing to another. */
  market: Uint8Array;
  /** What it is about, such as a feed's id, or a grant's id and the key that it goes to. */
  subject: string;
  /** In ms since the epoch. */
  issuedAtMs: number;
}

/** @returns 64 bytes: an Ed25519 signature of the buyer key over the statement */
export function signKeyStatement(
  keyPair: { secretKey: Uint8Array },
  statement: KeyStatement,
): Buffer {
  return crypto.sign(messageOf(statement), keyPair.secretKey);
}

/**
 * Whether the key made the statement, and lately. A statement can be repeated within its window, so whatever it allows
 * must do no more the second time.
 *
 * @param nowMs the market's time
 */
export function verifyKeyStatement(
  buyerKey: Uint8Array,
  statement: KeyStatement,
  signature: Uint8Array,
  nowMs: number,
): boolean {
  if (Math.abs(nowMs - statement.issuedAtMs) > KEY_STATEMENT_WINDOW_MS) return false;
  return crypto.verify(messageOf(statement), signature, buyerKey);
}

/** The signed bytes: a JSON array in UTF-8, which no two statements share and nothing else signed by a Noise key is. */
function messageOf({ purpose, market, subject, issuedAtMs }: KeyStatement): Buffer {
  const marketKey = Buffer.from(market).toString('hex');
  return Buffer.from(JSON.stringify([NAMESPACE, purpose, marketKey, subject, issuedAtMs]));
}
