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
const WORD = 2 ** 32;

const [BLOCK, HASH, TAG] = crypto.namespace('dazaar/seal/1', 3) as [Buffer, Buffer, Buffer];

export interface SealOptions {
  /** The 32 secret bytes of an epoch; null when it cannot be opened. Asked for rarely: what follows from them is kept. */
  keyOf: (epoch: number) => Uint8Array | null;
  /** The same of a key that is not there yet; resolves to null when it will not be. Left out: it is not waited for. */
  keyComes?: (epoch: number) => Promise<Uint8Array | null>;
  /** The number of the epoch that it is; without it nothing can be written. */
  epochNow?: () => number;
}

/** What seals and opens the blocks of one epoch and fork of a core. */
interface Lock {
  readonly fork: number;
  readonly epoch: number;
  readonly cipher: BlockEncryption;
  readonly tagKey: Buffer;
}

interface CoreState {
  readonly locks: Map<string, Lock>;
  /** The one that was used last: of the next block too, most of the time. */
  last: Lock | null;
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
  readonly #keyComes: SealOptions['keyComes'];
  readonly #epochNow: SealOptions['epochNow'];
  readonly #cores = new WeakMap<SealedCore, CoreState>();

  constructor({ keyOf, keyComes, epochNow }: SealOptions) {
    this.#keyOf = keyOf;
    this.#keyComes = keyComes;
    this.#epochNow = epochNow;
  }

  padding(): number {
    return SEAL_BYTES;
  }

  /** @throws {SealError} `read-only`, or `no-key` when the epoch that it is cannot be opened here */
  async encrypt(index: number, block: Uint8Array, fork: number, core: SealedCore): Promise<void> {
    const state = this.#state(core);
    const epoch = this.#epochFor(index, core, state);
    const lock = knownLock(state, fork, epoch) ?? this.#newLock(core, fork, epoch);
    if (!lock) throw new SealError('no-key', index, epoch);
    keepLock(state, lock);
    viewOf(block).setUint32(TAG_BYTES, fork, true);
    await lock.cipher.encrypt(index, block.subarray(TYPE_AT), fork, core);
    writeTag(block, index, lock.tagKey);
  }

  /** @throws {SealError} `no-key` or `broken`, and what `keyComes` throws */
  async decrypt(index: number, block: Uint8Array, core: SealedCore): Promise<void> {
    if (block.byteLength < SEAL_BYTES) throw new SealError('broken', index, null);
    const view = viewOf(block);
    const epoch = view.getUint32(EPOCH_AT, true);
    const fork = view.getUint32(TAG_BYTES, true);
    const state = this.#state(core);
    const lock =
      knownLock(state, fork, epoch) ??
      this.#newLock(core, fork, epoch) ??
      (await this.#lateLock(core, fork, epoch));
    if (!lock) throw new SealError('no-key', index, epoch);
    if (block[TYPE_AT] !== ENCRYPTED || !isTagged(block, index, lock.tagKey))
      throw new SealError('broken', index, epoch);
    // Not before it has opened a block: a wrong key may be followed by the right one.
    keepLock(state, lock);
    await lock.cipher.decrypt(index, block.subarray(TYPE_AT), core);
  }

  // A batch is readable as a whole or not at all, so its first block decides: the one behind what is appended already.
  #epochFor(index: number, core: SealedCore, state: CoreState): number {
    if (!this.#epochNow) throw new SealError('read-only', index, null);
    const goesOn = index !== core.state.length && index === state.batch.nextIndex;
    if (!goesOn) state.batch.epoch = this.#epochNow();
    state.batch.nextIndex = index + 1;
    return state.batch.epoch;
  }

  #newLock({ key: coreKey }: SealedCore, fork: number, epoch: number): Lock | null {
    const key = this.#keyOf(epoch);
    return key && lockOf(key, coreKey, fork, epoch);
  }

  async #lateLock({ key: coreKey }: SealedCore, fork: number, epoch: number): Promise<Lock | null> {
    const key = (await this.#keyComes?.(epoch)) ?? null;
    return key && lockOf(key, coreKey, fork, epoch);
  }

  #state(core: SealedCore): CoreState {
    const known = this.#cores.get(core);
    if (known) return known;
    const batch = { nextIndex: -1, epoch: 0 };
    const state: CoreState = { locks: new Map(), last: null, batch };
    this.#cores.set(core, state);
    return state;
  }
}

function knownLock({ last, locks }: CoreState, fork: number, epoch: number): Lock | undefined {
  if (last?.epoch === epoch && last.fork === fork) return last;
  return locks.get(nameOf(fork, epoch));
}

function keepLock(state: CoreState, lock: Lock): void {
  if (state.last === lock) return;
  const { locks } = state;
  const name = nameOf(lock.fork, lock.epoch);
  state.last = lock;
  if (locks.size >= MAX_LOCKS && !locks.has(name)) locks.delete(locks.keys().next().value!);
  locks.set(name, lock);
}

function nameOf(fork: number, epoch: number): string {
  return `${fork}/${epoch}`;
}

/** The epoch that a block was sealed in, as its header says; null when it is no sealed block. */
export function epochOfBlock(raw: Uint8Array): number | null {
  if (raw.byteLength < SEAL_BYTES || raw[TYPE_AT] !== ENCRYPTED) return null;
  return viewOf(raw).getUint32(EPOCH_AT, true);
}

/**
 * Whether a block as it is stored was sealed under this key of its epoch.
 *
 * @param coreKey the public key of the core that it is in
 */
export function isSealedUnder(
  key: Uint8Array,
  { coreKey, index, raw }: { coreKey: Uint8Array; index: number; raw: Uint8Array },
): boolean {
  const epoch = epochOfBlock(raw);
  if (epoch === null) return false;
  const { tagKey } = lockOf(key, coreKey, viewOf(raw).getUint32(TAG_BYTES, true), epoch);
  return isTagged(raw, index, tagKey);
}

// A provider of its own for each: hypercore-encryption asks for the key of a block without saying which block it is.
function lockOf(key: Uint8Array, coreKey: Uint8Array, fork: number, epoch: number): Lock {
  const forkBytes = Buffer.alloc(FORK_BYTES);
  forkBytes.writeUInt32LE(fork);
  const derive = (purpose: Buffer) => crypto.hash([purpose, key, coreKey, forkBytes]);
  const keys = { block: derive(BLOCK), hash: derive(HASH) };
  const encryption = new HypercoreEncryption(async () => ({ id: epoch, encryptionKey: key }));
  const cipher = encryption.createEncryptionProvider({ transform: () => keys });
  return { fork, epoch, cipher, tagKey: derive(TAG) };
}

// Used within one call each, and never across an await.
const tagNonce = Buffer.alloc(sodium.crypto_stream_NONCEBYTES);
const onceKey = Buffer.alloc(sodium.crypto_onetimeauth_KEYBYTES);

function writeTag(block: Uint8Array, index: number, tagKey: Buffer): void {
  const key = onceKeyOf(block, index, tagKey);
  sodium.crypto_onetimeauth(block.subarray(0, TAG_BYTES), block.subarray(TAG_BYTES), key);
}

function isTagged(block: Uint8Array, index: number, tagKey: Buffer): boolean {
  const key = onceKeyOf(block, index, tagKey);
  const tag = block.subarray(0, TAG_BYTES);
  return sodium.crypto_onetimeauth_verify(tag, block.subarray(TAG_BYTES), key);
}

/** The key of Poly1305 over all behind the tag, for this block alone: what XSalsa20 makes of its place and header. */
function onceKeyOf(block: Uint8Array, index: number, tagKey: Buffer): Buffer {
  tagNonce.writeUInt32LE(index % WORD, 0);
  tagNonce.writeUInt32LE(Math.floor(index / WORD), 4);
  tagNonce.set(block.subarray(TAG_BYTES, SEAL_BYTES), 8);
  sodium.crypto_stream(onceKey, tagNonce, tagKey);
  return onceKey;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
