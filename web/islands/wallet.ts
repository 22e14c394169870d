// The play wallet: what is on its way is looked at again until it has arrived.
import { copyButtons } from './parts/copy.ts';

const AGAIN_MS = 1_500;
const LIVE = ['wallet-outcome', 'wallet-history'];

function isPending(): boolean {
  return document.querySelector('[data-pending]') !== null;
}

async function lookAgain(): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const id of LIVE) {
    const [now, then] = [document.getElementById(id), fresh.getElementById(id)];
    if (!now || !then || plain(now) === plain(then)) continue;
    now.replaceChildren(...then.childNodes);
    copyButtons(now);
  }
}

// Times and buttons change by themselves: what they say is no news.
function plain(element: HTMLElement): string {
  const copy = element.cloneNode(true) as HTMLElement;
  for (const each of copy.querySelectorAll('time, button')) each.remove();
  return copy.textContent ?? '';
}

async function watch(): Promise<void> {
  while (isPending()) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    if (!document.hidden) await lookAgain().catch(() => {});
  }
}

void watch();
