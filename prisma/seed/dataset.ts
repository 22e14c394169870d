import type { NewListing } from '../../contract/index.ts';

/** A feed of the catalogue: how it is listed, and what it holds. The same source gives the same, byte for byte. */
export interface Dataset {
  readonly listing: Omit<NewListing, 'feed'> & Partial<Pick<NewListing, 'feed'>>;
  /** Its blocks in order (UTF-8 JSON, one row a block); none of another kind of feed. */
  blocks(): string[];
  /** Of a Hyperbee: its entries. */
  entries?(): { key: string; value: unknown }[];
  /** Of a Hyperdrive: its files. */
  files?(): SampleFile[];
}

export interface SampleFile {
  /** Without a slash at the beginning. */
  path: string;
  contentType: string;
  text: string;
}
