import type { JobName, JobQueue, Lead, Listen, RateSource } from '../boot/context.ts';
import type { FlowDeps } from '../flow/deps.ts';
import { forget } from '../flow/forget.ts';
import { refreshRates } from '../flow/refresh-rates.ts';
import { relayOutbox } from '../flow/relay-outbox.ts';
import type { Lightning } from '../ports/lightning.ts';
import { expire } from './expire.ts';
import { endHoldJob, hold } from './hold.ts';
import { payOutJob } from './pay-out.ts';
import { reconcile } from './reconcile.ts';
import { serially } from './serially.ts';
import { settle } from './settle.ts';
import { sweep } from './sweep.ts';
import { watchHolds } from './watch-holds.ts';
import { watchPayments } from './watch-payments.ts';
import { WEBHOOKS_AT_ONCE, webhookJob } from './webhook.ts';

const SWEEP_EVERY_MS = 2_000;
const RATES_EVERY_MS = 60 * 1_000;
const FORGET_EVERY_MS = 60 * 60 * 1_000;

export interface WorkerDeps extends FlowDeps {
  listen: Listen;
  lead: Lead;
  queue: JobQueue;
  reconcileEveryMs: number;
  /** For how long a payment is held at most. */
  holdMs: number;
  /** Sends payouts; without it they fail at once. */
  payer?: Lightning | undefined;
  /** Where exchange rates come from, and how old one may grow; undefined: prices are in msat only. */
  rates?: { source: RateSource; maxAgeMs: number } | undefined;
}

/** Starts every worker. The returned function stops them when what they have in hand is done. */
export async function startWorkers(deps: WorkerDeps): Promise<() => Promise<void>> {
  const { queue, log } = deps;

  // First of all, for it needs no queue: payments are credited while that is away.
  const stopWatching = deps.lead('watch-node', (signal) =>
    Promise.all([watchPayments(deps, signal), watchHolds(deps, signal)]),
  );
  await queue.work('settle', (paymentHash) => settle(deps, paymentHash));
  await queue.work('hold', (paymentHash) => hold(deps, deps.holdMs, paymentHash));
  await queue.work('end-hold', (paymentHash) => endHoldJob(deps, paymentHash));
  await queue.work('expire', (grantId) => expire(deps, queue, grantId));
  await queue.work('payout', (payoutId) => payOutJob(deps, deps.payer, payoutId));
  await queue.work('webhook', webhookJob(deps, queue), WEBHOOKS_AT_ONCE);
  await queue.work('reconcile', () => reconcile(deps, queue), 1);
  await queue.work('sweep', () => sweep(deps, queue), 1);
  await queue.work('forget', () => forget(deps.prisma), 1);
  await startRates(deps);
  await queue.repeat('reconcile', deps.reconcileEveryMs);
  await queue.repeat('sweep', SWEEP_EVERY_MS);
  await queue.repeat('forget', FORGET_EVERY_MS);

  const relay = serially(async () => {
    while ((await relayOutbox(deps.prisma, queue)) > 0);
  }, log);
  const outbox = await deps.listen('outbox', relay.run);
  const payouts = await queueNewRows(deps, 'payouts', 'payout');
  const webhooks = await queueNewRows(deps, 'webhook_deliveries', 'webhook');
  const served = await queueNewRows(deps, 'served', 'end-hold');

  return async () => {
    const watched = stopWatching();
    await outbox.close();
    await payouts.close();
    await webhooks.close();
    await served.close();
    await Promise.all([watched, relay.done(), queue.close()]);
  };
}

/** Adds a job for each row that a channel tells of. What is not heard or not added is found by the sweep. */
function queueNewRows({ listen, queue, log }: WorkerDeps, channel: string, job: JobName) {
  return listen(channel, (id) => {
    if (id) queue.add(job, id).catch((err) => log.warn({ err, job, id }, 'not queued'));
  });
}

async function startRates({ queue, prisma, log, rates }: WorkerDeps): Promise<void> {
  if (!rates) return;
  const refresh = async () => {
    await refreshRates(prisma, rates.source, rates.maxAgeMs);
  };
  await queue.work('rates', refresh, 1);
  await queue.repeat('rates', RATES_EVERY_MS);
  // Whoever is told that the workers are ready can sell in a currency.
  await refresh().catch((err) => log.warn({ err }, 'no exchange rates yet'));
}
