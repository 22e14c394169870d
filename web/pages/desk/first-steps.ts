import { type Html, html } from '../../html.ts';

/** How far a new seller has come. */
export interface FirstSteps {
  /** The newest listing, if there is any. */
  slug: string | null;
  hasData: boolean;
  isPublished: boolean;
  hasSold: boolean;
}

/** What a new seller does, in order. */
export function firstSteps({ slug, hasData, isPublished, hasSold }: FirstSteps): Html {
  const listing = slug === null ? '/desk/listings' : `/desk/listings/${slug}`;
  const steps: Step[] = [
    {
      isDone: slug !== null,
      title: 'List',
      says: 'Say what your data is, under which licence, and what an hour, a month or all of it costs.',
      href: '/desk/listings/new',
      link: 'Write a listing',
    },
    {
      isDone: hasData,
      title: 'Append',
      says: 'Upload files or rows on the listing’s page, append with the API, or mirror a Hypercore of your own.',
      href: listing,
      link: 'Add data',
    },
    {
      isDone: isPublished,
      title: 'Publish',
      says: 'From then on anybody can find it, preview it and pay for it. You can take it off sale at any time.',
      href: listing,
      link: 'Publish it',
    },
    {
      isDone: hasSold,
      title: 'Sell',
      says: 'Payments arrive over Lightning, and your balance grows at once. Have it paid out whenever you like.',
      href: isPublished && slug !== null ? `/listings/${slug}` : '/help',
      link: isPublished ? 'See it as buyers do' : 'How it works',
    },
  ];
  const next = steps.findIndex(({ isDone }) => !isDone);
  return html`<section class="card steps" aria-labelledby="steps-title">
<h2 id="steps-title">${slug === null ? 'Sell your first data' : 'Your first sale'}</h2>
<ol>${steps.map((step, at) => item(step, at === next))}</ol>
</section>`;
}

interface Step {
  isDone: boolean;
  title: string;
  says: string;
  href: string;
  link: string;
}

function item({ isDone, title, says, href, link }: Step, isNext: boolean): Html {
  return html`<li class="${isDone ? 'done' : isNext ? 'next' : 'later'}"><h3>${title}${isDone && html` <span class="badge good">✓ done</span>`}</h3>
<p>${says}</p>
${isNext && html`<p><a class="button" href="${href}">${link}</a></p>`}</li>
`;
}
