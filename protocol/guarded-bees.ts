import Hyperbee from 'hyperbee';

/** Deeper than any tree that was made by Hyperbee: with so many levels it would hold more than 2^64 entries. */
const MAX_DEPTH = 64;

/** Private to Hyperbee, as of the pinned version. */
interface Internals {
  readonly _batches: unknown[];
  batch(): Batch;
  _open(): Promise<void>;
}

interface Batch {
  getBlock(seq: number): Promise<Block>;
}

interface Block {
  getTreeNode(offset: number): TreeNode;
}

interface TreeNode {
  readonly keys: readonly unknown[];
  readonly children: readonly unknown[];
  getChildNode(index: number): Promise<TreeNode>;
}

/** A Hyperbee whose writer has made no tree of it. */
class BrokenTree extends Error {
  override name = 'BrokenTree';
}

const guarded = new WeakSet<object>();

/**
 * Makes all Hyperbees of this process safe against their writers, those in Hyperdrives and Autobases too. As it comes, a
 * reader follows a node that names itself as its child for ever, without giving anybody else a turn: one block of a
 * seller's stops a seeder. Reading such a tree fails here.
 */
export function guardBees(): void {
  const bee = Hyperbee.prototype as unknown as Internals;
  if (isGuarded(bee)) return;
  const open = bee._open;
  // What is to be guarded is in no reach of its own: a tree leads to its batches, those to blocks, and these to nodes.
  bee._open = function (this: Internals) {
    guardBatches(Object.getPrototypeOf(this.batch()));
    this._batches.pop();
    return open.call(this);
  };
}

function guardBatches(batch: Batch): void {
  if (isGuarded(batch)) return;
  const { getBlock } = batch;
  batch.getBlock = async function (this: Batch, seq) {
    const block = await getBlock.call(this, seq);
    guardBlocks(Object.getPrototypeOf(block));
    return block;
  };
}

function guardBlocks(block: Block): void {
  if (isGuarded(block)) return;
  const { getTreeNode } = block;
  block.getTreeNode = function (this: Block, offset) {
    const node = getTreeNode.call(this, offset);
    guardNodes(Object.getPrototypeOf(node));
    return node;
  };
}

function guardNodes(node: TreeNode): void {
  if (isGuarded(node)) return;
  const depths = new WeakMap<TreeNode, number>();
  const { getChildNode } = node;
  node.getChildNode = async function (this: TreeNode, index) {
    const depth = (depths.get(this) ?? 0) + 1;
    if (depth > MAX_DEPTH) throw new BrokenTree('the tree of this Hyperbee leads nowhere');
    const child = await getChildNode.call(this, index);
    // Without keys, what is below could be gone through for ever and nothing be found.
    if (child.keys.length === 0) throw new BrokenTree('a node of this Hyperbee holds nothing');
    depths.set(child, depth);
    return child;
  };
}

function isGuarded(prototype: object): boolean {
  if (guarded.has(prototype)) return true;
  guarded.add(prototype);
  return false;
}
