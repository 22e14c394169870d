import type { Router } from 'express';
import { CHAIN_OF } from '../../contract/market.ts';
import { newPayout } from '../../contract/payout.ts';
import { feeLimitWithin } from '../../domain/payout.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { readOwnership } from '../../flow/own-orders.ts';
import { invoiceOrder } from '../../flow/place-order.ts';
import { readBoughtAccess } from '../../flow/read-receipt.ts';
import { requestRefund } from '../../flow/request-payout.ts';
import { addressOf } from '../../http/limits.ts';
import type { Checkout } from '../../web/pages/checkout/checkout.ts';
import { checkoutPage } from '../../web/pages/checkout/checkout-page.ts';
import { faceOf } from '../../web/pages/checkout/face.ts';
import { receiptPage } from '../../web/pages/checkout/receipt.ts';
import { dropClaimCode, keepClaimCode, readClaimCode } from './claim-cookie.ts';
import type { PageDeps } from './deps.ts';
import { formIdempotency } from './form-token.ts';
import { shelfOwner } from './own-shelf.ts';
import { GoTo, type PageAnswer, pageRouter, type Visit } from './page-router.ts';
import { readCheckout, readOrderNamed } from './read-checkout.ts';
import { readNewest } from './read-newest.ts';
import { takeOrder } from './take-order.ts';

export function checkoutPages(deps: PageDeps): Router {
  const pages = pageRouter(deps);

  const show = async (visit: Visit, fault: Checkout['fault']): Promise<PageAnswer> => {
    const read = await readCheckout(deps, visit);
    if (!read) return null;
    const { order, mayRead, wasHeld } = read.checkout;
    const isReadable = mayRead && faceOf(order, wasHeld) === 'paid';
    const newest = isReadable ? await readNewest(deps, visit, order.grant!.id) : [];
    return checkoutPage({ ...read.checkout, newest, fault }, visit.viewer);
  };

  pages.get('/orders/:id', 'reads', (visit) => show(visit, null));

  pages.post('/orders/:id/invoice', 'orders', async (visit) => {
    const view = await readOrderNamed(deps, visit.params.id);
    if (!view) return null;
    const refusal = await invoiceOrder(deps, view.order.id);
    if (!refusal) return new GoTo(`/orders/${view.order.id}`);
    return show(visit, { form: 'invoice', text: refusal.detail, typed: '' });
  });

  pages.post('/orders/:id/again', 'writes', async (visit) => {
    const view = await readOrderNamed(deps, visit.params.id);
    if (!view) return null;
    const { id, listingSlug, planName, quantity, buyerKey, termsHash } = view.order;
    // Before it is ordered again, which makes anybody the owner of that order.
    const { isOwn } = await readOwnership(deps.prisma, shelfOwner(visit.req), view.order);
    const { allowed } = await deps.limiter.take('orders', addressOf(visit.req));
    const fail = (text: string) => show(visit, { form: 'again', text, typed: '' });
    if (!allowed) return fail('Many orders were placed from here. Wait a minute and try again.');
    // The key stays, and with it a claim code that was kept.
    const taken = await takeOrder(deps, visit, {
      listingSlug,
      planName,
      quantity,
      buyerKey: Uint8Array.from(buyerKey),
      acceptedTerms: termsHash && Uint8Array.from(termsHash),
      idempotency: formIdempotency(deps, visit, 'orderAgain', id),
    });
    if (isRefusal(taken)) return fail(taken.detail);
    const claimCode = isOwn ? readClaimCode(deps, visit.req) : null;
    if (claimCode) keepClaimCode(deps, visit.res, taken.path.slice('/orders/'.length), claimCode);
    return taken;
  });

  pages.post('/orders/:id/kept', 'writes', async (visit) => {
    const view = await readOrderNamed(deps, visit.params.id);
    if (!view) return null;
    dropClaimCode(deps, visit.res, view.order.id);
    return new GoTo(`/orders/${view.order.id}`);
  });

  pages.post('/orders/:id/refund', 'writes', async (visit) => {
    const read = await readCheckout(deps, visit);
    if (!read) return null;
    const { order, refundableMsat } = read.view;
    const typed = (visit.form.bolt11 ?? '').trim().replace(/^lightning:/i, '');
    const fail = (text: string) => show(visit, { form: 'refund', text, typed });
    if (!read.checkout.isOwn) return fail('Only who ordered gets what is owed back.');
    const parsed = newPayout.safeParse({ bolt11: typed });
    if (!parsed.success) return fail('That is not a Lightning invoice: it begins with “ln”.');
    const { bolt11 } = parsed.data;
    const amountMsat = deps.lightning.readInvoice(bolt11)?.amountMsat ?? 0n;
    const requested = await requestRefund(
      { ...deps, chain: CHAIN_OF[deps.network] },
      order.id,
      Uint8Array.from(order.buyerKey),
      {
        bolt11,
        maxFeeMsat: feeLimitWithin(refundableMsat, amountMsat),
        idempotency: formIdempotency(deps, visit, 'refundForm', [order.id, bolt11]),
      },
    );
    return isRefusal(requested) ? fail(requested.detail) : new GoTo(`/orders/${order.id}`);
  });

  pages.get('/orders/:id/receipt', 'reads', async (visit) => {
    const read = await readCheckout(deps, visit);
    if (!read) return null;
    const { checkout, view } = read;
    const { paidAt, id } = view.order;
    const access = await readBoughtAccess(deps.prisma, id);
    if (!access || !paidAt) return new GoTo(`/orders/${id}`);
    const isSettled = view.invoice?.state === 'settled';
    const preimage =
      checkout.isOwn && isSettled ? Buffer.from(view.invoice!.preimage).toString('hex') : null;
    return receiptPage({ ...checkout, paidAtMs: paidAt.getTime(), access, preimage }, visit.viewer);
  });

  return pages.router;
}
