const MEANINGS = {
  'no-key': 'it was sealed in an epoch that there is no key for',
  broken: 'it is not what its writer sealed, or the key of its epoch is a wrong one',
  'read-only': 'nothing can be sealed here: there is a reader’s key only',
} as const;

/** Why a block of a sealed feed cannot be read, or written. */
export class SealError extends Error {
  override name = 'SealError';
  readonly code: keyof typeof MEANINGS;
  readonly index: number;
  /** As the block's header says; null when there is none. */
  readonly epoch: number | null;

  constructor(code: SealError['code'], index: number, epoch: number | null) {
    const where = epoch === null ? `block ${index}` : `block ${index}, epoch ${epoch}`;
    super(`${where}: ${MEANINGS[code]}`);
    this.code = code;
    this.index = index;
    this.epoch = epoch;
  }
}
