import type { AuthenticatedLnd } from 'ln-service';
import type { Lightning } from '../../ports/lightning.ts';
import { openLightning } from './lightning.ts';
import { readInvoice } from './pay.ts';
import { renewing } from './renewing.ts';

/** Lightning over a connection that is made anew when the node does not answer. */
export function reconnecting(connect: () => AuthenticatedLnd): Lightning {
  const node = renewing(() => openLightning(connect()));
  const { use } = node;

  async function* each<T>(all: AsyncIterable<T>): AsyncIterable<T> {
    const items = all[Symbol.asyncIterator]();
    for (;;) {
      const next = await use(() => items.next());
      if (next.done) return;
      yield next.value;
    }
  }

  return {
    nodeKey: () => use((lightning) => lightning.nodeKey()),
    nodeState: () => use((lightning) => lightning.nodeState()),
    liquidity: () => use((lightning) => lightning.liquidity()),
    createInvoice: (request) => use((lightning) => lightning.createInvoice(request)),
    lookUpInvoice: (paymentHash) => use((lightning) => lightning.lookUpInvoice(paymentHash)),
    cancelInvoice: (paymentHash) => use((lightning) => lightning.cancelInvoice(paymentHash)),
    settleHeld: (preimage) => use((lightning) => lightning.settleHeld(preimage)),
    untilArrived: (...args) => use((lightning) => lightning.untilArrived(...args)),
    watchSettled: (...args) => use((lightning) => lightning.watchSettled(...args)),
    readInvoice,
    pay: (request) => use((lightning) => lightning.pay(request)),
    track: (paymentHash) => use((lightning) => lightning.track(paymentHash)),
    settledSince: (createdAfterMs) => each(node.opened.settledSince(createdAfterMs)),
    sent: () => each(node.opened.sent()),
  };
}
