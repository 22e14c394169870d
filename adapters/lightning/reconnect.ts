import type { AuthenticatedLnd } from 'ln-service';
import { type Lightning, NodeUnreachable } from '../../ports/lightning.ts';
import { openLightning } from './lightning.ts';
import { readInvoice } from './pay.ts';

const RENEW_AFTER_MS = 10_000;

/**
 * Lightning over a connection that is made anew when the node does not answer: gRPC by itself waits up to two minutes
 * between its attempts, and ln-service offers no way to say otherwise.
 */
export function reconnecting(connect: () => AuthenticatedLnd): Lightning {
  let lightning = openLightning(connect());
  let renewedAtMs = Date.now();

  async function use<T>(ask: (lightning: Lightning) => Promise<T>): Promise<T> {
    try {
      return await ask(lightning);
    } catch (error) {
      if (error instanceof NodeUnreachable) renew();
      throw error;
    }
  }

  function renew(): void {
    if (Date.now() - renewedAtMs < RENEW_AFTER_MS) return;
    renewedAtMs = Date.now();
    // The old connection is not closed: calls under way would throw where nobody can catch it. gRPC lets it go idle.
    lightning = openLightning(connect());
  }

  return {
    nodeKey: () => use((node) => node.nodeKey()),
    createInvoice: (request) => use((node) => node.createInvoice(request)),
    lookUpInvoice: (paymentHash) => use((node) => node.lookUpInvoice(paymentHash)),
    cancelInvoice: (paymentHash) => use((node) => node.cancelInvoice(paymentHash)),
    watchSettled: (...args) => use((node) => node.watchSettled(...args)),
    readInvoice,
    pay: (request) => use((node) => node.pay(request)),
    track: (paymentHash) => use((node) => node.track(paymentHash)),
    async *settledSince(createdAfterMs) {
      const invoices = lightning.settledSince(createdAfterMs)[Symbol.asyncIterator]();
      for (;;) {
        const next = await use(() => invoices.next());
        if (next.done) return;
        yield next.value;
      }
    },
  };
}
