import type { BlockEncryption, SealedCore } from 'hypercore';
import crypto from 'hypercore-crypto';
import HypercoreEncryption from 'hypercore-encryption';
import sodium from 'sodium-universal';
import { SealError } from './seal-error.ts';

const TAG_BYTES = 16;
const FORK_BYTES = 4;
const TYPE_AT = TAG_BYTES + FORK_BYTES;
const EPOCH_AT = TYPE_AT + 4;

/** What sealing adds to each block. */
export const SEAL_BYTES = TYPE_AT + HypercoreEncryption.PADDING;

const ENCRYPTED = 1;
const MAX_LOCKS = 256;

const [BLOCK, HASH, TAG] = crypto.namespace('dazaar/seal/1', 3) as [Buffer, Buffer, Buffer];

export interface SealOptions {
  /** The 32 secret bytes of an epoch; null when it cannot be opened. Asked for rarely: what follows from them is kept. */
  keyOf: (epoch: number) => Uint8Array | null;
  /** The number of the epoch that it is; without it nothing can be written. */
  epochNow?: () => number;
}

/** What seals and opens the blocks of one epoch and fork of a core. */
interface Lock {
  readonly cipher: BlockEncryption;
  readonly tagKey: Buffer;
}

interface CoreState {
  readonly locks: Map<string, Lock>;
  batch: { nextIndex: number; epoch: number };
}

/**
 * Seals each block of a Hypercore under the key of the epoch that its batch was appended in. Given as `encryption` when
 * a core is opened; one may serve several cores.
 *
 * A sealed block is: a tag of 16 bytes, the core's fork (uint32, little endian), the 8 bytes that hypercore-encryption
 * puts ahead of its ciphertext, whose last 4 are the epoch, and the ciphertext. The keys of a block are bound to epoch,
 * core and fork: so what is appended in place of truncated blocks never meets a nonce of theirs, and stays in the epoch
 * that it was sold in. The tag tells a wrong key and a changed block from a right one,
 * before anything is decrypted.
 */
export class SealedBlocks implements BlockEncryption {
  readonly #keyOf: SealOptions['keyOf'];
  readonly #epochNow: SealOptions['epochNow'];
  readonly #cores = new WeakMap<SealedCore, CoreState>();

  constructor({ keyOf, epochNow }: SealOptions) {
    this.#keyOf = keyOf;
    this.#epochNow = epochNow;
  }

  padding(): number {
    return SEAL_BYTES;
  }

  /** @throws {SealError} `read-only`, or `no-key` when the epoch that it is cannot be opened here */
  async encrypt(index: number, block: Uint8Array, fork: number, core: SealedCore): Promise<void> {
    const epoch = this.#epochFor(index, core);
    const { cipher, tagKey } = this.#lock(core, fork, epoch, index);
    viewOf(block).setUint32(TAG_BYTES, fork, true);
    await cipher.encrypt(index, block.subarray(TYPE_AT), fork, core);
    block.set(tagOf(tagKey, index, block));
  }

  /** @throws {SealError} `no-key` or `broken` */
  async decrypt(index: number, block: Uint8Array, core: SealedCore): Promise<void> {
    if (block.byteLength < SEAL_BYTES) throw new SealError('broken', index, null);
    const view = viewOf(block);
    const epoch = view.getUint32(EPOCH_AT, true);
    const { cipher, tagKey } = this.#lock(core, view.getUint32(TAG_BYTES, true), epoch, index);
    const isWhole = tagOf(tagKey, index, block).equals(block.subarray(0, TAG_BYTES));
    if (!isWhole || block[TYPE_AT] !== ENCRYPTED) throw new SealError('broken', index, epoch);
    await cipher.decrypt(index, block.subarray(TYPE_AT), core);
  }

  // A batch is readable as a whole or not at all, so its first block decides: the one behind what is appended already.
  #epochFor(index: number, core: SealedCore): number {
    if (!this.#epochNow) throw new SealError('read-only', index, null);
    const state = this.#state(core);
    const goesOn = index !== core.state.length && index === state.batch.nextIndex;
    const epoch = goesOn ? state.batch.epoch : this.#epochNow();
    state.batch = { nextIndex: index + 1, epoch };
    return epoch;
  }

  #lock(core: SealedCore, fork: number, epoch: number, index: number): Lock {
    const { locks } = this.#state(core);
    const name = `${fork}/${epoch}`;
    const known = locks.get(name);
    if (known) return known;
    const key = this.#keyOf(epoch);
    if (!key) throw new SealError('no-key', index, epoch);
    if (locks.size >= MAX_LOCKS) locks.delete(locks.keys().next().value!);
    const lock = lockOf(key, core.key, fork, epoch);
    locks.set(name, lock);
    return lock;
  }

  #state(core: SealedCore): CoreState {
    const known = this.#cores.get(core);
    if (known) return known;
    const state: CoreState = { locks: new Map(), batch: { nextIndex: -1, epoch: 0 } };
    this.#cores.set(core, state);
    return state;
  }
}

/** The epoch that a block was sealed in, as its header says; null when it is no sealed block. */
export function epochOfBlock(raw: Uint8Array): number | null {
  if (raw.byteLength < SEAL_BYTES || raw[TYPE_AT] !== ENCRYPTED) return null;
  return viewOf(raw).getUint32(EPOCH_AT, true);
}

// A provider of its own for each: hypercore-encryption asks for the key of a block without saying which block it is.
function lockOf(key: Uint8Array, coreKey: Uint8Array, fork: number, epoch: number): Lock {
  const forkBytes = Buffer.alloc(FORK_BYTES);
  forkBytes.writeUInt32LE(fork);
  const derive = (purpose: Buffer) => crypto.hash([purpose, key, coreKey, forkBytes]);
  const keys = { block: derive(BLOCK), hash: derive(HASH) };
  const encryption = new HypercoreEncryption(async () => ({ id: epoch, encryptionKey: key }));
  const cipher = encryption.createEncryptionProvider({ transform: () => keys });
  return { cipher, tagKey: derive(TAG) };
}

/** Poly1305 over all behind the tag, under a key for this block alone: what XSalsa20 makes of its place and header. */
function tagOf(tagKey: Buffer, index: number, block: Uint8Array): Buffer {
  const nonce = Buffer.alloc(sodium.crypto_stream_NONCEBYTES);
  nonce.writeBigUInt64LE(BigInt(index));
  nonce.set(block.subarray(TAG_BYTES, SEAL_BYTES), 8);
  const key = Buffer.alloc(sodium.crypto_onetimeauth_KEYBYTES);
  sodium.crypto_stream(key, nonce, tagKey);
  const tag = Buffer.alloc(TAG_BYTES);
  sodium.crypto_onetimeauth(tag, block.subarray(TAG_BYTES), key);
  return tag;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
