import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobQueue, Listen } from '../boot/context.ts';
import type { FlowDeps } from '../flow/deps.ts';
import { awaitedHolds } from '../flow/read-holds.ts';
import { serially } from './serially.ts';

/** Streams in one process; what they do not reach is found by reconciling. */
const MAX_WATCHED = 500;
const LOOK_EVERY_MS = 10_000;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;

type Deps = Pick<FlowDeps, 'prisma' | 'lightning' | 'log'> & { listen: Listen; queue: JobQueue };

/**
 * Watches the hold invoices that wait to be paid, one stream each, until `signal` aborts: the node's stream of all
 * invoices does not tell of them.
 */
export async function watchHolds(deps: Deps, signal: AbortSignal): Promise<void> {
  const { prisma, listen, log } = deps;
  const watched = new Map<string, AbortController>();
  const streams = new Set<Promise<void>>();

  const look = serially(async () => {
    const awaited = (await awaitedHolds(prisma, MAX_WATCHED)).map(hexOf);
    const listed = new Set(awaited);
    for (const [hash, unwatch] of watched) if (!listed.has(hash)) unwatch.abort();
    for (const hash of awaited) if (!watched.has(hash)) watch(hash);
  }, log);

  function watch(hash: string): void {
    if (signal.aborted) return;
    const unwatch = new AbortController();
    watched.set(hash, unwatch);
    const stream = followInvoice(deps, hash, unwatch.signal).finally(() => {
      watched.delete(hash);
      streams.delete(stream);
    });
    streams.add(stream);
  }

  const holds = await listen('holds', look.run);
  const timer = setInterval(look.run, LOOK_EVERY_MS);
  if (!signal.aborted) await once(signal, 'abort');
  for (const unwatch of watched.values()) unwatch.abort();
  clearInterval(timer);
  await holds.close();
  await look.done();
  await Promise.all(streams);
}

/** Queues the job once the payment is there, or the invoice gone. A stream that breaks is opened again. */
async function followInvoice(
  { lightning, queue, log }: Deps,
  hash: string,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = RETRY_MIN_MS;
  while (!signal.aborted) {
    try {
      await lightning.untilArrived(Buffer.from(hash, 'hex'), signal);
      if (!signal.aborted) await queue.add('hold', hash);
      return;
    } catch (err) {
      log.debug({ err, hash }, 'the stream of an invoice broke; starting it again');
    }
    await sleep(delayMs, undefined, { signal }).catch(() => {});
    delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
