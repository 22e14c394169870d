import { type Html, html } from '../html.ts';

const SHORT: [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** A moment, in UTC; a script says it in the reader's own time zone. */
export function moment(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}" data-local>${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** How long ago something was. A script keeps it true while the page is looked at. */
export function ago(ms: number, nowMs: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}" data-ago title="${iso.slice(0, 19).replace('T', ' ')} UTC">${span(nowMs - ms)} ago</time>`;
}

/** How much time is left. A script counts it down. */
export function left(untilMs: number, nowMs: number): Html {
  const iso = new Date(untilMs).toISOString();
  return html`<time datetime="${iso}" data-left data-now="${nowMs}">${span(untilMs - nowMs)}</time>`;
}

/** `2 d 3 h`, `4 min 5 s`: the two largest units. */
export function span(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const [unit, size] of SHORT) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || (parts.length > 0 && parts.length < 2)) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}
