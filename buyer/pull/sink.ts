/** Where pulled blocks go, in order. */
export interface Sink {
  /** The first block that is not there yet. */
  readonly next: number;
  /** Resolves when the blocks are handed on and there is room for more. */
  write(blocks: readonly Buffer[]): Promise<void>;
  /** Makes everything written durable. */
  close(): Promise<void>;
}
