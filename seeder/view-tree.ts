import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';

const READ_WITHIN_MS = 1_000;

// A tree listens to its core for as long as that is open.
const trees = new WeakMap<Hypercore, Hyperbee<Buffer | null>>();

/** The tree that an Autobase's view is, with whatever bytes as values; null when it is none. The view has a block. */
export async function treeOf(view: Hypercore): Promise<Hyperbee<Buffer | null> | null> {
  const known = trees.get(view);
  if (known) return known;
  if (!(await Hyperbee.isHyperbee(view, { timeout: READ_WITHIN_MS }))) return null;
  const options = { keyEncoding: 'utf-8', valueEncoding: 'binary', extension: false } as const;
  const tree = new Hyperbee<Buffer | null>(view, options);
  trees.set(view, tree);
  return tree;
}
