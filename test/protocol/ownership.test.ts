import assert from 'node:assert/strict';
import { test } from 'node:test';
import Corestore from 'corestore';
import crypto, { type KeyPair } from 'hypercore-crypto';
import Hyperdrive from 'hyperdrive';
import { signerOf } from '../../protocol/core-manifest.ts';
import {
  type OwnershipStatement,
  ownershipText,
  verifyOwnership,
} from '../../protocol/ownership.ts';
import { temporaryDirectory } from '../seeder/loopback.ts';

const FEED_ID = '0190a6b0-0000-7000-8000-000000000001';
const seller = crypto.keyPair(Buffer.alloc(32, 1));
const statement: OwnershipStatement = {
  market: Buffer.alloc(32, 9),
  feedId: FEED_ID,
  coreKey: seller.publicKey,
  challenge: Buffer.alloc(32, 7),
};

test('the text that is signed stays as it is', () => {
  assert.equal(
    ownershipText(statement),
    `["dazaar/ownership/1","${'09'.repeat(32)}","${FEED_ID}","${seller.publicKey.toString('hex')}","${'07'.repeat(32)}"]`,
  );
  assert.equal(
    signOwnership(seller, statement).toString('hex'),
    'd64e57146b63171427488c8d16ba3fdd0ca9e4dcb22f508d8a993ba6104e1d25accb1c547753618251ec6af59bf2bdd671536cc7be4fc372a2b6822bb837ab0a',
  );
});

test('the signer of a core whose key is a public key proves it without a manifest', () => {
  const signature = signOwnership(seller, statement);
  assert.equal(verifyOwnership(statement, { signature, manifest: null }), 'proved');
});

test('a proof is worth nothing for another market, feed, core or challenge', () => {
  const signature = signOwnership(seller, statement);
  const others: Partial<OwnershipStatement>[] = [
    { market: Buffer.alloc(32, 8) },
    { feedId: FEED_ID.replace('1', '2') },
    { coreKey: crypto.keyPair(Buffer.alloc(32, 2)).publicKey },
    { challenge: Buffer.alloc(32, 6) },
  ];
  for (const other of others) {
    const verdict = verifyOwnership({ ...statement, ...other }, { signature, manifest: null });
    assert.equal(verdict, 'wrong-signature');
  }
});

test('the writer of a core whose key is the hash of its manifest proves it by that manifest', async () => {
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const core = store.get({ name: 'a feed' });
  await core.ready();
  const manifest = core.getManifest({ raw: true })!;
  const mine = { ...statement, coreKey: core.key };
  const signature = signOwnership(core.keyPair!, mine);
  assert.equal(verifyOwnership(mine, { signature, manifest }), 'proved');
  assert.equal(verifyOwnership(mine, { signature, manifest: null }), 'wrong-signature');
  const tampered = Buffer.from(manifest);
  seller.publicKey.copy(tampered, tampered.byteLength - 32);
  const forged = signOwnership(seller, mine);
  assert.equal(
    verifyOwnership(mine, { signature: forged, manifest: tampered }),
    'foreign-manifest',
  );
  assert.equal(verifyOwnership(mine, { signature: forged, manifest }), 'wrong-signature');
  await store.close();
});

test('both cores of a Hyperdrive are proved by its key pair', async () => {
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const drive = new Hyperdrive(store.namespace('a drive'));
  await drive.ready();
  const { core: blobs } = await drive.getBlobs();
  for (const core of [drive.core, blobs]) {
    const mine = { ...statement, coreKey: core.key };
    const manifest = core.getManifest({ raw: true });
    const signature = signOwnership(drive.core.keyPair!, mine);
    assert.equal(verifyOwnership(mine, { signature, manifest }), 'proved');
  }
  await drive.close();
  await store.close();
});

test('a core of no signer, of two, or with blocks that nobody signed, is the proof of nobody', async () => {
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const signers = [1, 2].map((n) => ({ publicKey: crypto.keyPair(Buffer.alloc(32, n)).publicKey }));
  const [first] = signers;
  const prologue = { hash: Buffer.alloc(32), length: 4 };
  for (const manifest of [
    { version: 1, quorum: 2, signers },
    { version: 1, quorum: 1, signers },
    { version: 0, quorum: 2, signers },
    { version: 1, quorum: 0, signers: [], prologue },
    { version: 1, quorum: 1, signers: [first], prologue },
  ]) {
    const { key, encoded } = await coreOf(store, manifest);
    assert.equal(signerOf(key, encoded), null);
  }
  for (const manifest of [
    { version: 0, quorum: 1, signers: [first] },
    { version: 2, quorum: 1, signers: [first], userData: Buffer.from('mine') },
    { version: 1, quorum: 1, allowPatch: true, signers: [first] },
  ]) {
    const { key, encoded } = await coreOf(store, manifest);
    assert.deepEqual(Buffer.from(signerOf(key, encoded)!), first!.publicKey);
  }
  await store.close();
});

test('a key that everybody can sign for, or that is no point of the curve, proves nothing', () => {
  const identity = Buffer.alloc(32).fill(1, 0, 1);
  const signature = Buffer.concat([identity, Buffer.alloc(32)]);
  for (const coreKey of [identity, Buffer.alloc(32), Buffer.alloc(32, 0xff)]) {
    const verdict = verifyOwnership({ ...statement, coreKey }, { signature, manifest: null });
    assert.equal(verdict, 'wrong-signature');
  }
});

test('what is no manifest at all has no signer', () => {
  for (const bytes of ['', '01', '0100000101', '000001', 'ff'.repeat(80)]) {
    const manifest = Buffer.from(bytes, 'hex');
    const namespace = crypto.namespace('hypercore', 4)[3]!;
    const key = crypto.hash(Buffer.concat([namespace, manifest]));
    assert.equal(signerOf(key, manifest), null);
  }
});

async function coreOf(store: Corestore, manifest: object) {
  const core = store.get({ manifest });
  await core.ready();
  return { key: core.key, encoded: core.getManifest({ raw: true }) };
}

function signOwnership({ secretKey }: KeyPair, about: OwnershipStatement): Buffer {
  return crypto.sign(Buffer.from(ownershipText(about)), secretKey);
}
