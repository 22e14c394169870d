import type { Problem } from '../../contract/index.ts';
import { type Html, html } from '../html.ts';
import type { Page } from '../page.ts';
import { left } from '../parts/time.ts';
import type { Viewer } from '../viewer.ts';

export interface ProblemView {
  problem: Problem;
  /** When it is worth another try. */
  againAtMs: number | null;
  nowMs: number;
  /** The path to try again, where that does no harm. */
  again: string | null;
}

/** What a visitor sees when a page cannot be shown: what that means, and what to do next. */
export function problemPage(view: ProblemView, viewer: Viewer): Page {
  const { status, instance, code, detail } = view.problem;
  const words = WORDS[code] ?? WORDS_OF_STATUS[status] ?? OTHER;
  return {
    title: words.title,
    status,
    main: html`<div class="narrow problem">
<p class="quiet">${status}</p>
<h1>${words.title}</h1>
<p>${words.text ?? detail}</p>
${wait(view)}
${words.next(view, viewer)}
<p class="reference">Request ${instance?.replace(/^urn:dazaar:request:/, '')}. Name it when you ask for help.</p>
</div>`,
  };
}

interface Words {
  title: string;
  /** The problem's own detail if there is none. */
  text?: string;
  next(view: ProblemView, viewer: Viewer): Html;
}

const toTheData = html`<a class="button" href="/">See all data</a>`;
const actions = (...links: (Html | false | null)[]) => html`<p class="actions">${links}</p>`;
const again = ({ again }: ProblemView) =>
  again && html`<a class="button" href="${again}">Try again</a>`;
const home = () => actions(toTheData);
const tryAgain = (view: ProblemView) => actions(again(view) || toTheData);

const search = html`<form class="search" role="search" method="get" action="/"><div class="search-box">
<label class="visually-hidden" for="search">Search the data</label>
<input type="search" id="search" name="q" maxlength="200" placeholder="Search the data">
<button>Search</button></div></form>`;

const OTHER: Words = { title: 'That did not work', next: home };

const WORDS_OF_STATUS: Record<number, Words> = {
  400: {
    title: 'That cannot be read',
    text: 'The address or the form has something in it that does not belong there. Nothing was done. Go back and try it another way.',
    next: home,
  },
  401: {
    title: 'Log in first',
    next: () => actions(html`<a class="button" href="/login">Log in</a>`),
  },
  402: {
    title: 'This has to be paid for first',
    next: () => html`<p>Pick a plan on the page of the feed and pay its invoice, or add the key or claim code that you bought it with to your shelf.</p>
${actions(toTheData, html`<a class="button second" href="/shelf">To my shelf</a>`)}`,
  },
  403: {
    title: 'Not allowed',
    next: (_view, { account }) =>
      actions(toTheData, !account && html`<a class="button second" href="/login">Log in</a>`),
  },
  404: {
    title: 'There is nothing here',
    next: () => html`${search}${actions(html`<a class="button second" href="/">See all data</a>`)}`,
  },
  409: { title: 'That cannot be done now', next: home },
  413: {
    title: 'That is too much at once',
    text: 'The form is larger than we take. Nothing was done. Go back and send less.',
    next: home,
  },
  429: { title: 'A little slower, please', next: tryAgain },
  500: {
    title: 'Something broke on our side',
    text: 'It was not your doing, and it was logged for us to look at. Trying again may work.',
    next: tryAgain,
  },
  503: { title: 'Back in a moment', next: tryAgain },
};

const WORDS: Record<string, Words> = {
  'not-found': {
    ...WORDS_OF_STATUS[404]!,
    text: 'The address may be mistyped, or what was here is gone.',
  },
  'rate-limited': {
    ...WORDS_OF_STATUS[429]!,
    text: 'More was asked from your network in a short time than we answer.',
  },
  unavailable: {
    ...WORDS_OF_STATUS[503]!,
    text: 'A part of the market is away, for maintenance or by a fault. Look whether what you did has been done before you do it again. An invoice that you have paid is not lost: it is booked when that part is back.',
  },
};

function wait({ againAtMs, nowMs }: ProblemView): Html | null {
  if (againAtMs === null) return null;
  return html`<p>Come back in ${left(againAtMs, nowMs)}.</p>`;
}
