// Keeps the page of an order true while it is looked at, and pays it from wallets that a browser can reach.
import { copyButtons } from './parts/copy.ts';
import { offerWallets } from './parts/wallets.ts';
import { watchOrder } from './parts/watch-order.ts';

let stop = () => {};
let isFetching = false;
let isStale = false;

begin();
// The market's clock says when the time is over.
document.addEventListener('over', () => void refresh());

function begin(): void {
  const place = document.querySelector<HTMLElement>('#checkout');
  if (!place) return;
  offerWallets(place);
  stop = watchOrder(place, () => void refresh());
}

async function refresh(): Promise<void> {
  // What changes while the page is fetched may not be on it.
  if (isFetching) {
    isStale = true;
    return;
  }
  isFetching = true;
  do {
    isStale = false;
    const page = await fetchPage();
    if (page) show(page);
  } while (isStale);
  isFetching = false;
}

async function fetchPage(): Promise<Document | null> {
  const headers = { accept: 'text/html' };
  const answer = await fetch(location.href, { headers, cache: 'no-store' }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
}

function show(page: Document): void {
  const old = document.querySelector<HTMLElement>('#checkout');
  const fresh = page.querySelector<HTMLElement>('#checkout');
  if (!old || !fresh || isSame(old, fresh)) return;
  stop();
  const focused = old.contains(document.activeElement) ? document.activeElement?.id : null;
  old.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  copyButtons(fresh);
  keepFocus(fresh, focused);
  const said = document.querySelector('#checkout-said');
  if (said) said.textContent = fresh.dataset.said ?? '';
  begin();
}

function isSame(old: HTMLElement, fresh: HTMLElement): boolean {
  return old.dataset.version === fresh.dataset.version && old.dataset.face === fresh.dataset.face;
}

/** Whoever was somewhere in the part that changed goes on there if it is there still, else at its heading. */
function keepFocus(fresh: HTMLElement, id: string | null | undefined): void {
  if (id === null) return;
  const same = id ? document.getElementById(id) : null;
  (same ?? fresh.querySelector<HTMLElement>('#state'))?.focus();
}
