import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake2b } from '@noble/hashes/blake2.js';
import crypto from 'hypercore-crypto';
import { card as cardShape } from '../../contract/card.ts';
import { type Card, signedBytes, verifyCard } from '../../protocol/card.ts';
import { type ChannelHandlers, openChannel } from '../../protocol/channel.ts';
import { copyKey } from '../../protocol/copy-manifest.ts';
import {
  type OwnershipStatement,
  ownershipText,
  verifyOwnership,
} from '../../protocol/ownership.ts';
import { type Provenance, provenanceText, verifyProvenance } from '../../protocol/provenance.ts';
import {
  attestedBytes,
  type SeederAttestation,
  verifySeeder,
} from '../../protocol/seeder-attestation.ts';
import { termsHash } from '../../protocol/terms.ts';
import { doTrialWork, isTrialWork } from '../../protocol/trial-work.ts';
import { pairOfStreams } from './streams.ts';

// The heads of an Ed25519 key in DER, RFC 8410.
const SECRET_HEAD = '302e020100300506032b657004220420';
// Hypercore's, as docs/protocol.md has them.
const MANIFEST_NAMESPACE = 'e64b7108eacce47cfc61ac850568f55f8b15b82ec5ed78c4ec597b036e2a1498';
const DEFAULT_NAMESPACE = '4144eea531e483d54e0c14f4ca68e0644f355343ff6fcb0f005200e12cd747cb';
const PUBLIC_HEAD = '302a300506032b6570032100';

interface Signer {
  publicKey: string;
  secretSeed: string;
}

function read<T>(name: string): T {
  const path = new URL(`./vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

/** Checks by OpenSSL, which none of our code uses, that the signer signs this text so; Ed25519 signs one text in one way. */
function assertSigns({ publicKey, secretSeed }: Signer, text: string, signature: string): void {
  const der = { format: 'der' } as const;
  const key = createPrivateKey({ ...der, type: 'pkcs8', key: bytes(SECRET_HEAD + secretSeed) });
  assert.equal(sign(null, Buffer.from(text), key).toString('hex'), signature);
  const known = createPublicKey({ ...der, type: 'spki', key: bytes(PUBLIC_HEAD + publicKey) });
  assert.ok(verify(null, Buffer.from(text), known, bytes(signature)));
}

test('an attestation of a seeder is as the vector says', () => {
  type Vector = { market: Signer; attestation: SeederAttestation; signed: string };
  const { market, attestation, signed } = read<Vector>('attestation');
  const { signature, ...said } = attestation;
  assert.equal(Buffer.from(attestedBytes(said)).toString(), signed);
  assertSigns(market, signed, signature);
  const { marketKey, seederKey, expiresAtMs } = attestation;
  const expected = { marketKey, seederKey, nowMs: expiresAtMs - 1 };
  assert.equal(marketKey, market.publicKey);
  assert.equal(verifySeeder(attestation, expected), 'genuine');
  assert.equal(verifySeeder(attestation, { ...expected, nowMs: expiresAtMs }), 'expired');
});

test('a card is as the vector says', () => {
  const { market, card, signed } = read<{ market: Signer; card: Card; signed: string }>('card');
  const { signature, ...dazaar } = card.dazaar;
  assert.equal(Buffer.from(signedBytes({ ...card, dazaar })).toString(), signed);
  assertSigns(market, signed, signature);
  assert.ok(verifyCard(card));
  assert.deepEqual(cardShape.parse(card), card, 'with all that a reader looks for');
});

test('statements of writers are as the vectors say, with a manifest and without', () => {
  type Fields = { feedId: string; manifest: string | null; signed: string; signature: string };
  type Vector = Fields & { writer: Signer } & Record<'market' | 'coreKey' | 'challenge', string>;
  for (const vector of read<Vector[]>('ownership')) {
    const { feedId, manifest, signed, signature, writer } = vector;
    const statement: OwnershipStatement = {
      market: bytes(vector.market),
      feedId,
      coreKey: bytes(vector.coreKey),
      challenge: bytes(vector.challenge),
    };
    assert.equal(ownershipText(statement), signed);
    assertSigns(writer, signed, signature);
    const proof = {
      signature: bytes(signature),
      manifest: manifest === null ? null : bytes(manifest),
    };
    assert.equal(verifyOwnership(statement, proof), 'proved');
  }
});

test('where a feed comes from is as the vector says', () => {
  type Vector = { market: Signer; provenance: Provenance; signed: string };
  const { market, provenance, signed } = read<Vector>('provenance');
  assert.equal(provenanceText(provenance, market.publicKey), signed);
  assertSigns(market, signed, provenance.signature);
  assert.equal(verifyProvenance(bytes(market.publicKey), provenance), 'genuine');
  const unproved = { ...provenance, proof: { ...provenance.proof!, challenge: '00'.repeat(32) } };
  assert.equal(verifyProvenance(bytes(market.publicKey), unproved), 'unproved');
});

test('terms of use are named as the vector says', () => {
  type Vector = { text: string; licence: string; hash: string; hashed: string };
  const { hash, hashed, ...terms } = read<Vector>('terms');
  assert.equal(createHash('sha256').update(hashed).digest('hex'), hash);
  assert.equal(Buffer.from(termsHash(terms)).toString('hex'), hash);
});

test('work for trials is as the vectors say, done and checked', async () => {
  type Vector = Record<'feedId' | 'buyerKey' | 'work' | 'hashed' | 'sha256', string> & {
    bits: number;
  };
  for (const { bits, work, hashed, sha256, ...asked } of read<Vector[]>('trial-work')) {
    assert.equal(createHash('sha256').update(hashed).digest('hex'), sha256);
    assert.ok(BigInt(`0x${sha256}`) < 2n ** BigInt(256 - bits));
    assert.ok(isTrialWork(asked, work, bits));
    assert.equal(await doTrialWork(asked, bits), work);
    assert.equal(isTrialWork({ ...asked, buyerKey: '00'.repeat(32) }, work, 16), false);
  }
});

test('a core is met at the topic that the vectors say', () => {
  for (const { coreKey, discoveryKey } of read<Record<string, string>[]>('discovery')) {
    assert.equal(crypto.discoveryKey(bytes(coreKey!)).toString('hex'), discoveryKey);
  }
});

interface Wire {
  open: string;
  messages: { name: string; type: number; message: object; frame: string }[];
}

test('messages stand on the wire as the vectors say', async () => {
  const { open, messages } = read<Wire>('messages');
  const { near, far } = pairOfStreams();
  const frames: string[] = [];
  near.on('data', (frame: Buffer) => void frames.push(frame.toString('hex')));
  const ours = openChannel(far, {})! as unknown as Record<string, (message: object) => boolean>;
  for (const { name, message } of messages) ours[name]!(message);
  await settled(() => frames.length > messages.length);
  assert.deepEqual(frames, [open, ...messages.map(({ frame }) => frame)]);
  for (const { type, message, frame } of messages) {
    const text = Buffer.from(frame, 'hex').subarray(2).toString();
    assert.deepEqual(JSON.parse(text), message);
    assert.equal(frame.slice(0, 4), `010${type}`);
  }
  near.destroy();
  far.destroy();
});

test('frames of the vectors are heard as their messages', async () => {
  const { open, messages } = read<Wire>('messages');
  const { near, far } = pairOfStreams();
  const heard: { name: string; message: unknown }[] = [];
  const handlers: ChannelHandlers = {};
  for (const { name } of messages) {
    const note = (message: unknown) => void heard.push({ name, message });
    Object.assign(handlers, { [`on${name}`]: note });
  }
  const ours = openChannel(far, handlers)!;
  for (const frame of [open, ...messages.map((each) => each.frame)]) near.write(bytes(frame));
  await settled(() => heard.length === messages.length);
  assert.deepEqual(
    heard,
    messages.map(({ name, message }) => ({ name, message })),
  );
  assert.equal(ours.closed, false);
  near.destroy();
  far.destroy();
});

async function settled(isDone: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !isDone(); i += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('the key of a buyer’s own copy is as the vector says', () => {
  type Vector = Record<'copySigner' | 'coreKey' | 'buyerKey' | 'manifest' | 'copyKey', string>;
  const { copySigner, coreKey, buyerKey, manifest, copyKey: key } = read<Vector>('copy');
  const terms = { signer: bytes(copySigner), coreKey: bytes(coreKey), buyerKey: bytes(buyerKey) };
  assert.equal(copyKey(terms).toString('hex'), key);
  const named = ['020c000101', '00', DEFAULT_NAMESPACE, copySigner, '01', coreKey, '20', buyerKey];
  assert.equal(manifest, named.join(''));
  const namespace = bytes(MANIFEST_NAMESPACE);
  const hash = blake2b(Buffer.concat([namespace, bytes(manifest)]), { dkLen: 32 });
  assert.equal(Buffer.from(hash).toString('hex'), key);
});
