import type { KeyPair } from 'hypercore-crypto';
import { RekeyedCore } from './rekeyed-core.ts';
import type { ServedCore } from './served-core.ts';

type Copies = readonly ServedCore<RekeyedCore>[];

/** The cores of a feed as each buyer is served them: under a key of his own, which names him. */
export class UniqueCopies {
  readonly #cores: readonly ServedCore[];
  readonly #signer: KeyPair;
  readonly #copies = new Map<string, Copies>();

  constructor(cores: readonly ServedCore[], signer: KeyPair) {
    this.#cores = cores;
    this.#signer = signer;
  }

  /** Those of a buyer key, in hexadecimal. */
  of(buyerId: string): Copies {
    const known = this.#copies.get(buyerId);
    if (known) return known;
    const buyerKey = Buffer.from(buyerId, 'hex');
    const copies = this.#cores.map(({ role, core }) => ({
      role,
      core: new RekeyedCore(core, this.#signer, buyerKey),
    }));
    this.#copies.set(buyerId, copies);
    return copies;
  }

  /** Lets go of a buyer's who is not connected any more. */
  drop(buyerId: string): void {
    for (const { core } of this.#copies.get(buyerId) ?? []) core.close();
    this.#copies.delete(buyerId);
  }

  close(): void {
    for (const buyerId of [...this.#copies.keys()]) this.drop(buyerId);
  }
}
