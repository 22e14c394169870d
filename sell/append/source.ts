/** Bytes of a source, from the first to before the last. */
export interface Range {
  from: number;
  to: number;
}

/** What one batch is made of. */
export interface Stretch extends Range {
  bytes: Buffer;
}

/** Where blocks come from, at one place after another. */
export interface Source {
  /** The header row of CSV, which every batch has to begin with; else nothing. */
  readonly header: Buffer;
  /** The place behind the header. */
  readonly start: number;
  /** The bytes of a range that was read before; null when they are not all there. */
  again(range: Range): Promise<Buffer | null>;
  /** The next batch from a place on; null when there is none, or not yet. */
  next(from: number): Promise<Stretch | null>;
}
