import type { NewListing } from '../../contract/index.ts';

/** A feed of the catalogue: how it is listed, and its blocks in order (UTF-8 JSON, one row a block). */
export interface Dataset {
  readonly listing: Omit<NewListing, 'feed'> & Partial<Pick<NewListing, 'feed'>>;
  /** Reads the source file and converts it; the same file gives the same blocks, byte for byte. */
  blocks(): string[];
}
