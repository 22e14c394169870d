const EMPTY: Buffer = Buffer.alloc(0);

/**
 * What is left of a body's chunk until more comes. It grows by doubling: however small the pieces are that a block comes
 * in, it costs no more than its size.
 */
export class Remainder {
  #bytes = EMPTY;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) this.#grow(Math.max(length, 2 * this.#bytes.length));
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** All of it with `piece` behind, and nothing is left. */
  take(piece: Buffer): Buffer {
    if (this.#length === 0) return piece;
    this.add(piece);
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = EMPTY;
    this.#length = 0;
    return bytes;
  }

  #grow(size: number): void {
    const bytes = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}
