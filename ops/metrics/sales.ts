import { Counter, Histogram } from 'prom-client';
import { hear } from '../../ports/measures.ts';

/** What happens to an order, wherever it does. */
export function countOrders(): void {
  const transitions = new Counter({
    name: 'dazaar_order_transitions_total',
    help: 'Orders that were placed, were paid or lapsed.',
    labelNames: ['to'],
  });
  for (const to of ['placed', 'paid', 'lapsed']) transitions.inc({ to }, 0);
  hear('order', ({ became }) => transitions.inc({ to: became }));
}

/** Payments that are recorded, and how soon. */
export function countPayments(): void {
  const payments = new Counter({
    name: 'dazaar_payments_total',
    help: 'Settled payments that were recorded, by what they meant for their order.',
    labelNames: ['outcome'],
  });
  const settleToGrant = new Histogram({
    name: 'dazaar_settle_to_grant_seconds',
    help: "From the node's settlement of a payment to its committed grant; nodes date settlements in whole seconds, so up to 1 s of it is rounding.",
    buckets: [0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 3600],
  });
  const reconciled = new Counter({
    name: 'dazaar_reconciled_settlements_total',
    help: "Settlements that the node's stream has not told of, and comparing with the node has found.",
  });
  hear('payment', ({ outcome, grants, secondsSinceSettled }) => {
    payments.inc({ outcome });
    if (grants) settleToGrant.observe(secondsSinceSettled);
  });
  hear('reconciled', (found) => reconciled.inc(found.payments));
}

/** How webhooks are answered. */
export function countWebhooks(): void {
  const attempts = new Histogram({
    name: 'dazaar_webhook_attempt_duration_seconds',
    help: 'Attempts to deliver a webhook, by outcome: delivered, retry (it will be tried again), failed (given up), gone (its endpoint is switched off).',
    labelNames: ['outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
  });
  hear('webhook', ({ outcome, seconds }) => attempts.observe({ outcome }, seconds));
}
