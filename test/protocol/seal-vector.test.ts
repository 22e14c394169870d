import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake2b } from '@noble/hashes/blake2.js';
import sodium from 'sodium-universal';
import { epochKey, narrowSeeds, rootSeeds, writeSeeds } from '../../protocol/epoch-tree.ts';
import { peerTopic } from '../../protocol/peer-topic.ts';
import { SealedBlocks } from '../../protocol/sealed-blocks.ts';

const { secret, feed, coreKey, epoch, fork, index, plain, ...vector } = JSON.parse(
  readFileSync(new URL('./vectors/seal.json', import.meta.url), 'utf8'),
);

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const H = (...parts: Uint8Array[]) => blake2b(Buffer.concat(parts), { dkLen: 32 });
const namespace = (name: string, at: number) =>
  H(blake2b(Buffer.from(name), { dkLen: 32 }), Uint8Array.of(at));
const LE = (bytes: 4 | 8, value: number) => {
  const out = Buffer.alloc(bytes);
  out.writeUInt32LE(value);
  return out;
};

const root = rootSeeds(Buffer.from(secret, 'hex'), Buffer.from(feed));
const core = { key: Buffer.from(coreKey, 'hex'), state: { length: index } };
const seal = new SealedBlocks({ keyOf: (at) => epochKey(root, at), epochNow: () => epoch });

async function sealed(): Promise<Buffer> {
  const block = Buffer.concat([Buffer.alloc(seal.padding()), Buffer.from(plain)]);
  await seal.encrypt(index, block, fork, core);
  return block;
}

test('seeds, keys, a sealed block and a topic are as the vector says', async () => {
  assert.deepEqual(writeSeeds(narrowSeeds(root, 5, 9)!), vector.seeds5to9);
  assert.equal(hex(epochKey(root, epoch)!), vector.epochKey);
  assert.equal(hex(await sealed()), vector.sealed);
  assert.equal(hex(peerTopic(core.key)), vector.peerTopic);
});

test('whoever goes by docs/protocol.md alone comes to the same', async () => {
  const tree = (at: number) => namespace('dazaar/epoch-tree/1', at);
  let seed: Uint8Array = H(tree(0), Buffer.from(secret, 'hex'), Buffer.from(feed));
  for (let bit = 31; bit >= 0; bit--) seed = H(tree(1 + ((epoch >>> bit) & 1)), seed);
  const key = H(tree(3), seed);
  assert.equal(hex(key), vector.epochKey);

  const bound = (at: number) => H(namespace('dazaar/seal/1', at), key, core.key, LE(4, fork));
  const text = Buffer.from(plain);
  const digest = blake2b(text, { dkLen: 16, key: bound(1) });
  const header = Buffer.concat([Uint8Array.of(1), digest.subarray(1, 4), LE(4, epoch)]);
  const stream = Buffer.alloc(text.byteLength);
  sodium.crypto_stream(stream, Buffer.concat([LE(8, index), header, Buffer.alloc(8)]), bound(0));
  const behind = Buffer.concat([LE(4, fork), header, text.map((byte, at) => byte ^ stream[at]!)]);
  const once = Buffer.alloc(32);
  const nonce = Buffer.concat([LE(8, index), LE(4, fork), header, Buffer.alloc(4)]);
  sodium.crypto_stream(once, nonce, bound(2));
  const tag = Buffer.alloc(16);
  sodium.crypto_onetimeauth(tag, behind, once);
  assert.equal(hex(Buffer.concat([tag, behind])), vector.sealed);
  assert.equal(hex(H(namespace('dazaar/peers/1', 0), core.key)), vector.peerTopic);
});
