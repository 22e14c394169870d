import { randomBytes } from 'node:crypto';
import { bytesOf, hexOf } from '../bytes.ts';
import type { Meta } from './meta.ts';

const ROOT_KEY_BYTES = 32;

/** The keys that one node's macaroons are signed with, by their ids. */
export class RootKeys {
  readonly #meta: Meta;
  readonly #prefix: string;

  constructor(meta: Meta, node: string) {
    this.#meta = meta;
    this.#prefix = `root-key/${node}/`;
  }

  read(id: string): Uint8Array | undefined {
    const saved = this.#meta.get(this.#prefix + id);
    return saved === undefined ? undefined : bytesOf(saved);
  }

  /** The key of that id, made where there is none. */
  make(id: string): Uint8Array {
    const saved = this.read(id);
    if (saved) return saved;
    const made = new Uint8Array(randomBytes(ROOT_KEY_BYTES));
    this.#meta.put(this.#prefix + id, hexOf(made));
    return made;
  }

  /** False where there was none. */
  remove(id: string): boolean {
    if (!this.read(id)) return false;
    this.#meta.remove(this.#prefix + id);
    return true;
  }

  list(): string[] {
    return this.#meta.keys(this.#prefix).map((key) => key.slice(this.#prefix.length));
  }
}
