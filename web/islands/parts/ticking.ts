import { span } from '../../parts/time.ts';

const SECOND_MS = 1000;

/** Keeps what `web/parts/time.ts` wrote true: how long ago, how much is left, and the reader's own time zone. */
export function tick(): void {
  // What is left is counted by the market's clock: the reader's own may be wrong.
  const offsets = new WeakMap<HTMLElement, number>();
  const run = () => {
    for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-ago]')) {
      say(time, `${span(Date.now() - Date.parse(time.dateTime))} ago`);
    }
    for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-left]')) {
      const offset = offsets.get(time) ?? Date.now() - Number(time.dataset.now);
      offsets.set(time, offset);
      const leftMs = Date.parse(time.dateTime) + offset - Date.now();
      say(time, span(leftMs));
      if (leftMs <= 0 && !time.dataset.over) {
        time.dataset.over = 'yes';
        time.dispatchEvent(new CustomEvent('over', { bubbles: true }));
      }
    }
    for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-local]')) {
      time.title = time.textContent ?? '';
      time.textContent = new Date(time.dateTime).toLocaleString([], {
        dateStyle: 'medium',
        timeStyle: 'short',
      });
      time.removeAttribute('data-local');
    }
  };
  run();
  setInterval(run, SECOND_MS);
}

function say(time: HTMLTimeElement, text: string): void {
  if (time.textContent !== text) time.textContent = text;
}
