import type { Listing } from '../../contract/index.ts';

/** What reading needs to know of a listing. */
export interface ReadFeed {
  slug: string;
  feed: Pick<Listing['feed'], 'id' | 'kind' | 'mode' | 'copySigner' | 'blockSchema'> & {
    /** `length` is what is known of it so far. */
    cores: { role: string; key: string; length: number }[];
  };
  /** What buys access to it. */
  buyCommand: string;
}
