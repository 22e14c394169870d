import type { Order } from '../../../contract/index.ts';
import { versionOf } from '../../pages/checkout/version.ts';

const POLL_MS = 3000;

/**
 * Says when an order has something new to show: by its events, and by asking while those do not come.
 *
 * @param place the page's part, which says what it shows and how it is watched
 * @returns what ends the watching
 */
export function watchOrder(place: HTMLElement, onChange: () => void): () => void {
  const { order: id, version, watch } = place.dataset;
  if (watch === 'poll') {
    const timer = setInterval(onChange, POLL_MS);
    return () => clearInterval(timer);
  }
  if (watch !== 'events') return () => {};
  const isNews = (order: Order) => versionOf(order) !== version;
  const source = new EventSource(`/v1/orders/${id}/events`);
  source.addEventListener('order', ({ data }) => {
    if (isNews(JSON.parse(data))) onChange();
  });
  const timer = setInterval(async () => {
    if (source.readyState === EventSource.OPEN || document.hidden) return;
    const order = await readOrder(id ?? '');
    if (order && isNews(order)) onChange();
  }, POLL_MS);
  return () => {
    source.close();
    clearInterval(timer);
  };
}

async function readOrder(id: string): Promise<Order | null> {
  const answer = await fetch(`/v1/orders/${id}`, { cache: 'no-store' }).catch(() => null);
  return answer?.ok ? await answer.json() : null;
}
