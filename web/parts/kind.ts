import type { Listing } from '../../contract/index.ts';

type FeedKind = Listing['feed']['kind'];

/** What a feed is, in words. */
export const KIND_WORDS: Record<FeedKind, string> = {
  hypercore: 'Stream of records',
  hyperbee: 'Records by key',
  hyperdrive: 'Files',
  autobase: 'Records of several writers',
};
