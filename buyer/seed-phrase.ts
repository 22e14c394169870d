import { hkdfSync } from 'node:crypto';
import { generateMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

const ENTROPY_BITS = 128;
const SALT = 'dazaar/buyer/1';
const KEY_BYTES = 32;

/** Twelve words (BIP-39, English) that all of a buyer's keys are made from: who has them has what was bought. */
export function createSeedPhrase(): string {
  return generateMnemonic(wordlist, ENTROPY_BITS);
}

/** The words as they are stored: lower case, one space apart; null when they are no seed phrase. */
export function readSeedPhrase(text: string): string | null {
  const words = text.trim().toLowerCase().split(/\s+/).join(' ');
  return validateMnemonic(words, wordlist) ? words : null;
}

/**
 * The seed of the key that a buyer has at one market, 32 bytes (HKDF, RFC 5869). Each market is shown another key, so that
 * two of them cannot find out that they have a buyer in common.
 *
 * @param marketKey the market's signing key, in hex
 * @param rotation how often the key was replaced at this market
 */
export function keySeedOf(seedPhrase: string, marketKey: string, rotation: number): Buffer {
  const info = JSON.stringify([marketKey, rotation]);
  return Buffer.from(hkdfSync('sha256', mnemonicToSeedSync(seedPhrase), SALT, info, KEY_BYTES));
}
