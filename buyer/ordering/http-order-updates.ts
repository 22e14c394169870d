import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../contract/index.ts';
import { type MarketClient, MarketRefusal } from '../market-client.ts';

const SILENCE_MS = 20_000;
const POLL_MS = 1_000;

/**
 * The order now and after each change, until `signal` aborts: by Server-Sent Events, and by asking each second
 * while those do not come through.
 *
 * @throws MarketRefusal when the market no longer knows the order.
 */
export async function* orderUpdates(
  client: MarketClient,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Order> {
  while (!signal.aborted) {
    yield* streamed(client, id, signal);
    if (signal.aborted) return;
    const polled = await client.order(id).catch((error: unknown) => {
      if (error instanceof MarketRefusal && error.status === 404) throw error;
      return null;
    });
    if (polled) yield polled;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends without an error: whatever is wrong with the stream, the poll above finds out what matters. */
async function* streamed(client: MarketClient, id: string, signal: AbortSignal) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const either = AbortSignal.any([signal, silence.signal]);
    for await (const order of client.orderEvents(id, either)) {
      timer.refresh();
      yield order;
    }
  } catch {
    return;
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}
