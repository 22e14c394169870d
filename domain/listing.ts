export type ListingState = 'draft' | 'live' | 'unlisted' | 'withdrawn';

export type ListingMove = 'publish' | 'unlist' | 'withdraw';

const NEXT: Record<ListingMove, Partial<Record<ListingState, ListingState>>> = {
  publish: { draft: 'live', live: 'live', unlisted: 'live' },
  unlist: { live: 'unlisted', unlisted: 'unlisted' },
  withdraw: {
    draft: 'withdrawn',
    live: 'withdrawn',
    unlisted: 'withdrawn',
    withdrawn: 'withdrawn',
  },
};

/**
 * The state after a move; the same one when there is nothing to do, and null when it may not be made: what was withdrawn
 * stays so, and a draft has never been listed. No state takes access away that was bought.
 */
export function move(state: ListingState, to: ListingMove): ListingState | null {
  return NEXT[to][state] ?? null;
}
