const EVERY_MS = 4_000;

/**
 * Keeps the elements marked `data-live`, which need an id, as the page's address says now, while the page is looked at.
 * What somebody is using, by keyboard or by an open fold, is left alone.
 *
 * @param onChange is told of each region that was changed
 */
export function keepLive(onChange: (region: HTMLElement) => void): void {
  const look = async () => {
    const regions = document.querySelectorAll<HTMLElement>('[data-live]');
    if (regions.length === 0) return;
    if (!document.hidden) await refresh([...regions], onChange).catch(() => undefined);
    setTimeout(look, EVERY_MS);
  };
  for (const region of document.querySelectorAll<HTMLElement>('[data-live]')) remember(region);
  setTimeout(look, EVERY_MS);
}

const written = new WeakMap<Element, string>();

// Scripts add buttons and local times: what the server wrote is what counts as the same.
function remember(region: Element, markup = region.innerHTML): void {
  written.set(region, markup);
}

async function refresh(
  regions: HTMLElement[],
  onChange: (region: HTMLElement) => void,
): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const region of regions) {
    const next = page.getElementById(region.id);
    if (!next || next.innerHTML === written.get(region) || isUsed(region)) continue;
    remember(next);
    region.replaceWith(next);
    onChange(next);
  }
}

function isUsed(region: HTMLElement): boolean {
  return region.contains(document.activeElement) || region.querySelector('details[open]') !== null;
}
