import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ln } from '../support/ln.ts';
import { connect } from '../support/market.ts';
import { until } from '../support/until.ts';
import { withoutLnd } from './binaries.ts';
import { startMiner } from './miner.ts';
import { type LndNode, type MakeWallet, startLnd } from './node.ts';

const WAIT_MS = 120_000;
const COIN = 100_000_000;
const PASSWORD = 'correct horse battery';
// How many unused addresses in a row end the search for coins on the chain.
const RECOVERY_WINDOW = 50;

test('a node restored from its seed and channel backup has its key and its coins, and has forgotten its invoices', {
  skip: withoutLnd,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-seed-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const chain = stack.use(await startMiner(join(dir, 'btcd')));
  let seed = '';
  const [node, peer] = await Promise.all([
    startLnd('node', join(dir, 'node'), chain, async (lnd) => {
      ({ seed } = await ln.createSeed({ lnd }));
      await ln.createWallet({ lnd, seed, password: PASSWORD });
    }),
    startLnd('peer', join(dir, 'peer'), chain),
  ]);
  stack.use(node);
  stack.use(peer);

  const { address } = await ln.createChainAddress({ lnd: node.lnd, format: 'p2wpkh' });
  await chain.fund([{ address, sats: BigInt(4 * COIN) }]);
  await untilSynced(node, peer);
  await ln.addPeer({ lnd: node.lnd, public_key: peer.pubkey, socket: peer.peerSocket });
  await ln.openChannel({
    lnd: node.lnd,
    partner_public_key: peer.pubkey,
    local_tokens: 2 * COIN,
    give_tokens: COIN / 2,
    min_confirmations: 1,
  });
  await chain.mine(6);
  await untilSynced(node, peer);
  for (const { lnd } of [node, peer]) await until(async () => hasChannel(lnd), WAIT_MS);

  const market = connect(node);
  const preimage = randomBytes(32);
  const { bolt11 } = await market.createInvoice({
    preimage,
    amountMsat: 1_000_000n,
    description: 'before the accident',
    expiresAtMs: Date.now() + 3_600_000,
  });
  const { paymentHash } = market.readInvoice(bolt11)!;
  const paid = await connect(peer).pay({ bolt11, maxFeeMsat: 10_000n, timeoutMs: 20_000 });
  assert.equal(paid.state, 'succeeded');
  const { backup } = await ln.getBackups({ lnd: node.lnd });

  await node.kill();
  const restored = stack.use(
    await startLnd('restored', join(dir, 'restored'), chain, restoring(seed)),
  );
  assert.equal(restored.pubkey, node.pubkey, 'its key comes from the seed');
  await untilSynced(restored);
  await ln.recoverFundsFromChannels({ lnd: restored.lnd, backup });

  const forgetful = connect(restored);
  assert.equal(await forgetful.lookUpInvoice(paymentHash), null);
  assert.deepEqual(await forgetful.track(randomBytes(32)), { state: 'unknown' });

  // The peer closes the channel when it is told that its other side has lost it.
  await until(async () => {
    await chain.mine(1);
    const { chain_balance: sats } = await ln.getChainBalance({ lnd: restored.lnd });
    return sats > 3.4 * COIN;
  }, WAIT_MS);
});

// Each side takes its channel for active when it has seen the blocks itself.
async function hasChannel(lnd: LndNode['lnd']): Promise<boolean> {
  const { channels } = await ln.getChannels({ lnd });
  return channels.length === 1 && channels[0]!.is_active;
}

async function untilSynced(...nodes: LndNode[]): Promise<void> {
  const isSynced = async ({ lnd }: LndNode) => {
    const wallet = await ln.getWalletInfo({ lnd });
    return wallet.is_synced_to_chain;
  };
  await until(async () => (await Promise.all(nodes.map(isSynced))).every(Boolean), WAIT_MS);
}

/** ln-service's createWallet searches no coins: LND is asked itself, as `lncli create` asks it. */
function restoring(seed: string): MakeWallet {
  return async (lnd) => {
    const request = {
      wallet_password: Buffer.from(PASSWORD),
      cipher_seed_mnemonic: seed.split(' '),
      recovery_window: RECOVERY_WINDOW,
    };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    lnd.unlocker.initWallet(request, (error: Error | null) => (error ? reject(error) : resolve()));
    await promise;
  };
}
