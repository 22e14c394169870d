const SOON_MS = 1_000;
const AT_MOST_MS = 8_000;
const SLOWER = 1.5;

/** What the server wrote of a region. Scripts change the page itself: it cannot be asked. */
const written = new WeakMap<HTMLElement, string>();

/**
 * Keeps the elements marked `data-live`, which need an id, as the page's address says now, while the page is looked at:
 * soon at first and after a change, then ever less often. What somebody is using is left alone.
 *
 * @param onChange is told of each element that has taken the place of one that was out of date
 */
export function keepLive(onChange: (region: HTMLElement) => void): void {
  let waitMs = SOON_MS;
  const look = async () => {
    const regions = [...document.querySelectorAll<HTMLElement>('[data-live]')];
    if (regions.length === 0) return;
    const changed = document.hidden ? [] : await refresh(regions).catch(() => []);
    changed.forEach(onChange);
    waitMs = changed.length > 0 ? SOON_MS : Math.min(AT_MOST_MS, waitMs * SLOWER);
    setTimeout(look, waitMs);
  };
  setTimeout(look, waitMs);
}

async function refresh(regions: HTMLElement[]): Promise<HTMLElement[]> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return [];
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return regions.flatMap((region) => {
    const next = page.getElementById(region.id);
    if (!next || isUsed(region)) return [];
    const markup = withoutAge(next.outerHTML);
    if (markup === written.get(region)) return [];
    written.set(next, markup);
    region.replaceWith(next);
    return [next];
  });
}

function isUsed(region: HTMLElement): boolean {
  return region.contains(document.activeElement) || region.querySelector('details[open]') !== null;
}

/** How long ago and how much is left differ each time, and are kept true without being asked. */
function withoutAge(markup: string): string {
  return markup.replace(/(?:data-now="\d+"|data-ago\b[^>]*)[^>]*>[^<]*/g, '');
}
