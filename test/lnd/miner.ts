import { secp256k1 } from '@noble/curves/secp256k1.js';
import { networks, Psbt, payments } from 'bitcoinjs-lib';
import { type Btcd, startBtcd } from './btcd.ts';

// Worthless coins: the key may be known to everybody.
const KEY = Buffer.alloc(32, 1);
const PUBLIC_KEY = secp256k1.getPublicKey(KEY, true);
const OWN = payments.p2wpkh({ pubkey: PUBLIC_KEY, network: networks.regtest });
// btcd's regtest votes in windows of 144 blocks; segwit and taproot are locked in with the second and hold after it.
const ACTIVE_HEIGHT = 432;
const COINBASE_MATURITY = 100;
const FEE_SATS = 10_000n;
const SUBSIDY_SATS = 5_000_000_000n;

export interface Miner extends Btcd {
  /** Sends coins to addresses, in one transaction that is mined. */
  fund(outputs: { address: string; sats: bigint }[]): Promise<void>;
}

/** A chain on which segwit and taproot hold, and whose first coins can be spent. */
export async function startMiner(dir: string): Promise<Miner> {
  const btcd = await startBtcd(dir, OWN.address as string);
  const blocks = await btcd.mine(ACTIVE_HEIGHT + 1);
  // Rewards halve every 150 blocks here: only the first ones are used, which are all mature.
  const coins = blocks.slice(0, COINBASE_MATURITY);

  async function fund(outputs: { address: string; sats: bigint }[]): Promise<void> {
    const needed = outputs.reduce((sum, { sats }) => sum + sats, FEE_SATS);
    const inputs = coins.splice(0, Number((needed + SUBSIDY_SATS - 1n) / SUBSIDY_SATS));
    const psbt = new Psbt({ network: networks.regtest });
    for (const block of inputs) {
      const { tx } = await btcd.call<{ tx: [string] }>('getblock', block, 1);
      const witnessUtxo = { script: OWN.output as Uint8Array, value: SUBSIDY_SATS };
      psbt.addInput({ hash: tx[0], index: 0, witnessUtxo });
    }
    for (const { address, sats } of outputs) psbt.addOutput({ address, value: sats });
    const change = BigInt(inputs.length) * SUBSIDY_SATS - needed;
    if (change > 0n) psbt.addOutput({ address: OWN.address as string, value: change });
    const sign = (hash: Uint8Array) => secp256k1.sign(hash, KEY, { prehash: false });
    psbt.signAllInputs({ publicKey: PUBLIC_KEY, sign }).finalizeAllInputs();
    await btcd.call('sendrawtransaction', psbt.extractTransaction(true).toHex());
    await btcd.mine(1);
  }
  return { ...btcd, fund };
}
