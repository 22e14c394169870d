import { type Html, html, NOTHING } from '../../html.ts';
import { addressOf } from './address.ts';
import type { Catalogue } from './catalogue.ts';

const SHOWN = 12;

/** The tags of what was found, each a link that narrows the search; those asked for lead out of it again. */
export function tagLinks({ form, tags, facets }: Catalogue): Html {
  const more = facets.filter(({ tag }) => !tags.includes(tag)).slice(0, SHOWN);
  if (tags.length + more.length === 0) return NOTHING;
  return html`<nav aria-label="Tags"><ul class="tags">
${tags.map((tag) => {
  const others = tags.filter((other) => other !== tag);
  return html`<li><a class="chosen" href="${addressOf(form.values, others)}"><span class="visually-hidden">Remove the tag </span>${tag} <span aria-hidden="true">✕</span></a></li>`;
})}
${more.map(
  ({ tag, count }) =>
    html`<li><a href="${addressOf(form.values, [...tags, tag])}">${tag} <span class="count">${count}</span></a></li>`,
)}
</ul></nav>`;
}
