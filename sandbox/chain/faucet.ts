import { randomBytes } from 'node:crypto';
import { Transaction } from 'bitcoinjs-lib';

/**
 * A funding transaction out of nothing: it spends an outpoint nobody ever saw.
 * LDK checks outputs, the presence of a witness and the lock time; the chain here checks nothing.
 */
export function fundingTransaction(script: Uint8Array, amountSats: bigint): Uint8Array {
  const tx = new Transaction();
  tx.version = 2;
  tx.addInput(new Uint8Array(randomBytes(32)), 0, 0xffffffff);
  tx.setWitness(0, [new Uint8Array([1])]);
  tx.addOutput(script, amountSats);
  return new Uint8Array(tx.toBuffer());
}
