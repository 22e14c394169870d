import { type Html, html, NOTHING } from '../../html.ts';

/** An address with those parameters that say something. */
export function address(path: string, query: Record<string, string | null | undefined>): string {
  const said = Object.entries(query).filter(([, value]) => value) as [string, string][];
  return said.length === 0 ? path : `${path}?${new URLSearchParams(said)}`;
}

/** Links to the older rows of a list, and back to its newest ones. */
export function pager(
  path: string,
  query: Record<string, string | undefined>,
  nextCursor: string | null,
): Html {
  const { cursor, done: _, ...filter } = query;
  if (!cursor && nextCursor === null) return NOTHING;
  const older = address(path, { ...filter, cursor: nextCursor });
  return html`<nav class="pager" aria-label="More rows">
${cursor ? html`<a href="${address(path, filter)}">← Newest</a>` : NOTHING}
${nextCursor === null ? NOTHING : html`<a href="${older}" rel="next">Older →</a>`}
</nav>`;
}
