import * as c from 'compact-encoding';
import type Hypercore from 'hypercore';
import type { Manifest, TreeNode } from 'hypercore';
import { MerkleTreeBatch } from 'hypercore/lib/merkle-tree.js';
import Verifier from 'hypercore/lib/verifier.js';
import crypto from 'hypercore-crypto';
import { coverAround, halvesOf, indexOf, isOutside, rootsOf, type Subtree } from './tree-cover.ts';

const VERSION = 1;
// A cover has at most two nodes a level of the tree on either side of the range.
const MAX_NODES = 4 * 53;

/** A proof that does not show what it should: forged, for another core or other blocks, or garbled. */
export class InvalidProof extends Error {
  override name = 'InvalidProof';
}

/** What a proof says, once it holds: these blocks stand at `start` of the core at a signed length. */
export interface ProvenRange {
  start: number;
  end: number;
  /** How long the core was when its writer signed. */
  length: number;
  fork: number;
}

type Node = Pick<TreeNode, 'size' | 'hash'>;

interface Proof extends ProvenRange {
  manifest: Manifest | null;
  signature: Uint8Array;
  nodes: Node[];
}

/**
 * Proves the blocks from `start` to before `end` against the core's key alone: the writer's signature over the tree's
 * roots, and the fewest nodes that lead from the blocks to them. An empty range proves the length. The proof has about
 * 40 bytes a node: 3 KiB at most for any core that exists.
 *
 * @returns null for an empty core: there is nothing that was signed
 */
export async function proveRange(
  core: Hypercore,
  start: number,
  end: number,
): Promise<Buffer | null> {
  const { length } = core;
  if (start < 0 || start > end || end > length) throw new RangeError('no such blocks');
  if (length === 0) return null;
  const { fork, upgrade } = await core.proof({ upgrade: { start: 0, length } });
  const { nodes: roots, signature } = upgrade!;
  const nodes = await Promise.all(
    coverAround(length, start, end).map(async (subtree) => {
      const index = indexOf(subtree);
      const root = roots.find((each) => each.index === index);
      return root ?? (await core.proof({ hash: { index, nodes: 0 } })).hash!.nodes[0]!;
    }),
  );
  // What its key commits to itself, a prologue, nobody signs.
  const signed = signature ?? Buffer.alloc(0);
  return encode({ manifest: core.manifest, fork, length, start, end, signature: signed, nodes });
}

/**
 * Verifies that the blocks stand where the proof says, in the core with this key.
 *
 * @param blocks all of the range, in order
 * @throws {InvalidProof}
 */
export function verifyRange(
  key: Uint8Array,
  encoded: Uint8Array,
  blocks: readonly Uint8Array[],
): ProvenRange {
  const proof = decode(encoded);
  const { start, end, length, fork, nodes, signature } = proof;
  if (start > end || end > length) throw new InvalidProof('its range is none of the core');
  if (blocks.length !== end - start) {
    throw new InvalidProof(`it is over ${end - start} blocks, but there are ${blocks.length}`);
  }
  const rest = [...nodes];
  const roots = rootsOf(length).map((root) => nodeOf(root, proof, blocks, rest));
  if (rest.length > 0) throw new InvalidProof('it holds more nodes than the range needs');
  const byteLength = roots.reduce((sum, { size }) => sum + size, 0);
  const session = { fork, length, byteLength, roots, signature, prologue: null, storage: null };
  if (!isSigned(verifierOf(key, proof.manifest), new MerkleTreeBatch(session), signature)) {
    throw new InvalidProof('the writer of the core has not signed this');
  }
  return { start, end, length, fork };
}

function nodeOf(
  subtree: Subtree,
  range: Pick<ProvenRange, 'start' | 'end'>,
  blocks: readonly Uint8Array[],
  rest: Node[],
): TreeNode {
  const index = indexOf(subtree);
  if (isOutside(subtree, range.start, range.end)) {
    const node = rest.shift();
    if (!node) throw new InvalidProof('a node is missing');
    return { index, size: node.size, hash: node.hash };
  }
  if (subtree.blocks === 1) {
    const block = blocks[subtree.first - range.start]!;
    return { index, size: block.byteLength, hash: crypto.data(block) };
  }
  const [left, right] = halvesOf(subtree);
  const a = nodeOf(left, range, blocks, rest);
  const b = nodeOf(right, range, blocks, rest);
  return { index, size: a.size + b.size, hash: crypto.parent(a, b) };
}

function verifierOf(key: Uint8Array, sent: Manifest | null): Verifier {
  const manifest = sent ?? Verifier.defaultSignerManifest(key);
  if (!Verifier.isValidManifest(key, manifest) && !Verifier.isCompat(key, manifest)) {
    throw new InvalidProof('its manifest is of another core');
  }
  return new Verifier(key, manifest);
}

function isSigned(verifier: Verifier, tree: MerkleTreeBatch, signature: Uint8Array): boolean {
  try {
    return verifier.verify(tree, signature);
  } catch {
    return false; // a signature that cannot be read
  }
}

const node: c.Encoder<Node> = {
  preencode(state, { size, hash }) {
    c.uint.preencode(state, size);
    c.fixed32.preencode(state, hash);
  },
  encode(state, { size, hash }) {
    c.uint.encode(state, size);
    c.fixed32.encode(state, hash);
  },
  decode(state) {
    return { size: c.uint.decode(state), hash: Buffer.from(c.fixed32.decode(state)) };
  },
};
const nodes = c.array(node);

function encode({ manifest, fork, length, start, end, signature, nodes: list }: Proof): Buffer {
  const manifestBytes = manifest && Verifier.encodeManifest(manifest);
  const parts = [
    c.encode(c.uint, VERSION),
    ...[fork, length, start, end].map((number) => c.encode(c.uint, number)),
    c.encode(c.buffer, manifestBytes ?? Buffer.alloc(0)),
    c.encode(c.buffer, signature),
    c.encode(nodes, list),
  ];
  return Buffer.concat(parts);
}

function decode(bytes: Uint8Array): Proof {
  try {
    const state = { start: 0, end: bytes.byteLength, buffer: Buffer.from(bytes) };
    if (c.uint.decode(state) !== VERSION) throw new InvalidProof('its version is not known');
    const [fork, length, start, end] = [0, 0, 0, 0].map(() => c.uint.decode(state)) as [
      number,
      number,
      number,
      number,
    ];
    const manifestBytes = c.buffer.decode(state);
    const signature = c.buffer.decode(state) ?? Buffer.alloc(0);
    const list = nodes.decode(state);
    if (list.length > MAX_NODES || state.start !== state.end) throw new InvalidProof('too long');
    const manifest = manifestBytes?.byteLength ? Verifier.decodeManifest(manifestBytes) : null;
    return { fork, length, start, end, manifest, signature, nodes: list };
  } catch (error) {
    if (error instanceof InvalidProof) throw error;
    throw new InvalidProof('it cannot be read');
  }
}
