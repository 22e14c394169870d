import type { Invoices } from '../wallet/invoices.ts';
import type { Outflow } from './outflow.ts';
import { count, hashHex } from './parse.ts';
import { presentInvoice } from './present-invoice.ts';

const BATCH = 50;

/** LND's two invoice subscriptions. */
export function invoiceStreams(invoices: Invoices) {
  return {
    /**
     * Added and settled invoices after two indices, in order, then live. An index of 0 asks for
     * no backlog of its kind. Held and cancelled invoices are not told here, as in LND's
     * invoiceregistry.go.
     */
    SubscribeInvoices(request: { add_index: string; settle_index: string }, outflow: Outflow) {
      const { table } = invoices;
      let added = count(request.add_index) || table.lastAddIndex;
      let settled = count(request.settle_index) || table.lastSettleIndex;
      outflow.start(() => {
        const adds = table.addedAfter(added, BATCH);
        added = adds.at(-1)?.addIndex ?? added;
        if (adds.length === BATCH) return { messages: adds.map(presentInvoice) };
        const settles = table.settledAfter(settled, BATCH);
        settled = settles.at(-1)?.settleIndex ?? settled;
        return { messages: [...adds, ...settles].map(presentInvoice) };
      });
      return invoices.bell.onAny(outflow.schedule);
    },

    /** One invoice: as it is now, then at each change of its state, up to the last. */
    SubscribeSingleInvoice(request: { r_hash: Uint8Array }, outflow: Outflow) {
      const hash = hashHex(request.r_hash);
      let lastState: string | undefined;
      outflow.start(() => {
        const invoice = invoices.table.byHash(hash);
        if (!invoice || invoice.state === lastState) return { messages: [] };
        lastState = invoice.state;
        const isLast = invoice.state === 'settled' || invoice.state === 'canceled';
        return { messages: [presentInvoice(invoice)], isLast };
      });
      return invoices.bell.on(hash, outflow.schedule);
    },
  };
}
