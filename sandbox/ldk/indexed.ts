import { TwoTuple_usizeTransactionZ } from 'lightningdevkit';
import type { Block } from '../chain/chain.ts';

export function indexed(block: Block): TwoTuple_usizeTransactionZ[] {
  return block.txs.map((tx, index) => TwoTuple_usizeTransactionZ.constructor_new(index, tx));
}
