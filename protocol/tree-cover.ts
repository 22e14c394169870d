/** A whole subtree of Hypercore's Merkle tree: `blocks`, a power of two, from block `first` on. */
export interface Subtree {
  first: number;
  blocks: number;
}

/** The subtrees, largest first, that a tree of so many blocks consists of. */
export function rootsOf(length: number): Subtree[] {
  const roots: Subtree[] = [];
  for (let first = 0; first < length; ) {
    let blocks = 1;
    while (blocks * 2 <= length - first) blocks *= 2;
    roots.push({ first, blocks });
    first += blocks;
  }
  return roots;
}

export function halvesOf({ first, blocks }: Subtree): [Subtree, Subtree] {
  const half = blocks / 2;
  return [
    { first, blocks: half },
    { first: first + half, blocks: half },
  ];
}

/** Where its node stands in a flat tree (Hypercore's numbering; RFC 7574, section 5.2). */
export function indexOf({ first, blocks }: Subtree): number {
  return 2 * first + blocks - 1;
}

export function isOutside({ first, blocks }: Subtree, start: number, end: number): boolean {
  return first + blocks <= start || first >= end || start >= end;
}

export function isInside({ first, blocks }: Subtree, start: number, end: number): boolean {
  return first >= start && first + blocks <= end;
}

/** The fewest subtrees that, with the blocks from `start` to `end`, make up a tree of so many blocks; left to right. */
export function coverAround(length: number, start: number, end: number): Subtree[] {
  return rootsOf(length).flatMap((root) => around(root, start, end));
}

function around(subtree: Subtree, start: number, end: number): Subtree[] {
  if (isOutside(subtree, start, end)) return [subtree];
  if (isInside(subtree, start, end)) return [];
  return halvesOf(subtree).flatMap((half) => around(half, start, end));
}
