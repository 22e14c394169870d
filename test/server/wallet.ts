import { createECDH, randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bech32 } from 'bech32';

export interface WalletReply {
  status: 'OK' | 'ERROR';
  reason?: string;
}

/** A Lightning wallet, as far as it logs in: it reads an LNURL, signs its k1 and calls back (LUD-01, LUD-04). */
export class Wallet {
  readonly #secret = Uint8Array.from(randomBytes(32));
  readonly key: string;

  constructor() {
    const ecdh = createECDH('secp256k1');
    ecdh.setPrivateKey(this.#secret);
    this.key = ecdh.getPublicKey('hex', 'compressed');
  }

  sign(k1: string, lowS = true): string {
    const message = Uint8Array.from(Buffer.from(k1, 'hex'));
    const signature = secp256k1.sign(message, this.#secret, {
      prehash: false,
      lowS,
      format: 'der',
    });
    return Buffer.from(signature).toString('hex');
  }

  /** Answers as asked, but for what `change` says otherwise. */
  answer(lnurl: string, change: Record<string, string | undefined> = {}): Promise<WalletReply> {
    const { words } = bech32.decode(lnurl.toLowerCase(), 2_000);
    const url = new URL(Buffer.from(bech32.fromWords(words)).toString());
    const k1 = url.searchParams.get('k1')!;
    const answer = { sig: this.sign(k1), key: this.key, ...change };
    for (const [name, value] of Object.entries(answer)) {
      if (value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    return call(url);
  }
}

async function call(url: URL): Promise<WalletReply> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`a wallet is answered with ${answer.status}`);
  return (await answer.json()) as WalletReply;
}
