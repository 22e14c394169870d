import { randomBytes } from 'node:crypto';
import crypto, { type KeyPair } from 'hypercore-crypto';
import { type KeyPurpose, signKeyStatement } from '../../protocol/key-statement.ts';
import { LINK_SUBJECT, tokenSubject, transferSubject } from '../../protocol/statement-subject.ts';
import type { TestMarket } from './market.ts';

type Keys = { deps: Pick<TestMarket['deps'], 'keys'> };

/** A buyer's key pair, and what it signs for a market. */
export class BuyerKey {
  readonly seed = randomBytes(32);
  readonly keyPair: KeyPair = crypto.keyPair(this.seed);

  get hex(): string {
    return this.keyPair.publicKey.toString('hex');
  }

  tokenRequest(market: Keys, listing?: string, issuedAtMs = Date.now()) {
    const signature = this.#sign(market, 'token', tokenSubject(listing), issuedAtMs);
    return { buyerKey: this.hex, issuedAtMs, signature, ...(listing && { listing }) };
  }

  transfer(market: TestMarket, listing: string, toKey: string, issuedAtMs = Date.now()) {
    const signature = this.#sign(market, 'transfer', transferSubject(listing, toKey), issuedAtMs);
    return { listing, fromKey: this.hex, toKey, issuedAtMs, signature };
  }

  keyCodeRequest(market: Keys, issuedAtMs = Date.now()) {
    const signature = this.#sign(market, 'link', LINK_SUBJECT, issuedAtMs);
    return { buyerKey: this.hex, issuedAtMs, signature };
  }

  #sign(market: Keys, purpose: KeyPurpose, subject: string, issuedAtMs: number) {
    const statement = { purpose, market: market.deps.keys.signing.publicKey, subject, issuedAtMs };
    return signKeyStatement(this.keyPair, statement).toString('hex');
  }
}
