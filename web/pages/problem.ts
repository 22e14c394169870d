import type { Problem } from '../../contract/index.ts';
import { html } from '../html.ts';
import type { Page } from '../page.ts';
import type { Viewer } from '../viewer.ts';

/** What a visitor sees when a page cannot be shown. */
export function problemPage(problem: Problem, _viewer: Viewer): Page {
  const { status, title, detail, instance } = problem;
  return {
    title,
    status,
    main: html`<div class="narrow">
<p class="quiet">${status}</p>
<h1>${title}</h1>
<p>${detail}</p>
<p><a href="/">To the data</a></p>
<p class="quiet">${instance}</p>
</div>`,
  };
}
