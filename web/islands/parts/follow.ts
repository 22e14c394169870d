const EVERY_MS = 15_000;

/**
 * Asks, while the page is looked at, whether a listing has changed, and puts what is new in the place of what stood
 * there. What somebody is reading with mouse or keyboard stays until he is done.
 *
 * @param onchange something on the page was replaced
 */
export function follow(slug: string, onchange: () => void): void {
  let known: string | undefined;
  const ask = async () => {
    if (document.hidden) return;
    // The browser sends the ETag by itself, and an answer that is the same costs no more than its headers.
    const answer = await fetch(`/v1/listings/${slug}`, { headers: { accept: 'application/json' } });
    if (!answer.ok) return;
    const now = await answer.text();
    if (known !== undefined && known !== now) await renew(known, now, onchange);
    known = now;
  };
  const tryToAsk = () => void ask().catch(() => undefined);
  tryToAsk();
  setInterval(tryToAsk, EVERY_MS);
  document.addEventListener('visibilitychange', tryToAsk);
}

async function renew(before: string, now: string, onchange: () => void): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const old of document.querySelectorAll<HTMLElement>('[data-live]')) {
    const isRead = old.matches(':hover, :focus-within');
    const next = fresh.querySelector(`[data-live="${old.dataset.live}"]`);
    if (next && !isRead) old.replaceWith(document.adoptNode(next));
  }
  tell(lengthOf(now) - lengthOf(before));
  onchange();
}

function tell(blocks: number): void {
  const place = document.querySelector('[data-said]');
  if (!place || blocks <= 0) return;
  const time = new Date().toLocaleTimeString();
  place.textContent = `${blocks.toLocaleString('en')} more ${blocks === 1 ? 'block' : 'blocks'} at ${time}`;
}

function lengthOf(listing: string): number {
  const { feed } = JSON.parse(listing) as { feed: { cores: { length: number }[] } };
  return feed.cores.reduce((sum, { length }) => sum + length, 0);
}
