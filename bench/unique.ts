import { randomUUID } from 'node:crypto';
import Corestore from 'corestore';
import crypto from 'hypercore-crypto';
import { copyKey } from '../protocol/copy-manifest.ts';
import { Gate } from '../seeder/gate.ts';
import { RekeyedCore } from '../seeder/rekeyed-core.ts';
import { openTestnet, temporaryDirectory, WHOLE } from '../test/seeder/loopback.ts';
import { percentile } from './figures.ts';
import { compare, fill, openSwarm, readAll } from './gate-throughput.ts';

const SIGNATURES = 2_000;
const SHAPES = [
  { name: '1KiB', blockBytes: 1_024, blocks: 5_000 },
  { name: '64KiB', blockBytes: 65_536, blocks: 400 },
] as const;

/**
 * What copies of their own cost the seeder of a feed: the time of a signature, one for each length of the feed that a
 * buyer is told of, and the speed of reading a copy beside reading a plain Hypercore, in turns.
 */
export default async function unique(): Promise<Record<string, number>> {
  await using testnet = await openTestnet();
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const gate = new Gate(Date.now);
  const signer = crypto.keyPair();
  const plain = await openSwarm(testnet.bootstrap, (stream) => void store.replicate(stream));
  const gated = await openSwarm(testnet.bootstrap, (stream) => gate.onconnection(stream));
  const figures: Record<string, number> = {};
  for (const { name, blockBytes, blocks } of SHAPES) {
    const feedId = randomUUID();
    const core = await fill(store, blockBytes, blocks);
    gate.setCores(feedId, [{ role: 'data', core }], null, signer);
    const readPlain = () => readAll(testnet.bootstrap, plain, core, () => core.key);
    const readCopy = () =>
      readAll(testnet.bootstrap, gated, core, (buyerKey) => {
        gate.grant({ ...WHOLE, buyerKey, feedId, expiresAtMs: null });
        return copyKey({ signer: signer.publicKey, coreKey: core.key, buyerKey });
      });
    const megabytes = (blockBytes * blocks) / 1e6;
    figures[`ratio${name}`] = await compare(`${name}: copy`, megabytes, readPlain, readCopy);
  }
  Object.assign(figures, await timeSigning(store));
  await Promise.all([plain.destroy(), gated.destroy()]);
  gate.close();
  await store.close();
  return figures;
}

async function timeSigning(store: Corestore): Promise<Record<string, number>> {
  const core = store.get({ name: 'signed' });
  await core.ready();
  const copy = new RekeyedCore(core, crypto.keyPair(), crypto.randomBytes(32));
  const { core: asServed } = copy.core.replicator as unknown as {
    core: { state: { readonly signature: Buffer } };
  };
  const times: number[] = [];
  for (let n = 0; n < SIGNATURES; n++) {
    await core.append(Buffer.from(`${n}`));
    const startMs = performance.now();
    void asServed.state.signature;
    times.push((performance.now() - startMs) * 1_000);
  }
  return { signP50Us: percentile(times, 50), signP99Us: percentile(times, 99) };
}
