import type { Listing } from '../../../contract/index.ts';
import { attribute, type Html, html, NOTHING } from '../../html.ts';
import type { Page } from '../../page.ts';
import {
  choice,
  csrfField,
  type FormState,
  faultSummary,
  field,
  idOf,
  textField,
} from '../../parts/form.ts';
import { renderMarkdown } from '../../parts/markdown.ts';
import type { Viewer } from '../../viewer.ts';
import { statusOf } from '../login.ts';
import type { EditorView } from './listing-editor-view.ts';
import { fieldsEditor } from './listing-fields.ts';
import { kindEditor } from './listing-kind.ts';
import { plansEditor } from './listing-plans.ts';
import { sampleEditor, sampleTable } from './listing-sample.ts';

const LICENCES = [
  'CC0-1.0',
  'CC-BY-4.0',
  'CC-BY-SA-4.0',
  'CC-BY-NC-4.0',
  'ODbL-1.0',
  'ODC-By-1.0',
  'PDDL-1.0',
  'All rights reserved',
];

/** The form that a listing is written and changed with. Every button of it is a plain submit button. */
export function listingEditorPage(view: EditorView, viewer: Viewer): Page {
  const { listing, form, conflict } = view;
  const action = listing ? `/desk/listings/${listing.slug}/edit` : '/desk/listings/new';
  const title = listing ? `Edit ${listing.title}` : 'New listing';
  return {
    title,
    desk: 'listings',
    status: statusOf(form),
    islands: ['listing-editor'],
    main: html`<p class="crumbs"><a href="${listing ? `/desk/listings/${listing.slug}` : '/desk/listings'}">← ${listing ? listing.title : 'Listings'}</a></p>
<h1>${title}</h1>
${!listing && html`<p>Nobody sees it until you publish it. Its address, its kind, who writes it and what happens to copies stay as they are; all else can be changed later. Is it sold elsewhere already? <a href="/desk/listings/import">Import its card</a>.</p>`}
<form method="post" action="${action}" class="editor" data-editor novalidate>
<button class="visually-hidden" name="do" value="save" tabindex="-1" aria-hidden="true">Save</button>
${csrfField(viewer)}
${hidden('key', form)}${hidden('version', form)}
${faultSummary(form)}
${conflict && conflictNotice(conflict, listing!)}
${!listing && sampleEditor(form)}
${!listing && sampleTable(form)}
${about(view)}
${!listing && kindEditor(form)}
${fieldsEditor(view)}
${plansEditor(view)}
${visitors(form)}
<div class="actions"><button name="do" value="save">${listing ? 'Save' : 'Save as a draft'}</button> <a href="${listing ? `/desk/listings/${listing.slug}` : '/desk/listings'}">Cancel</a></div>
</form>`,
  };
}

function about({ listing, form, pressed }: EditorView): Html {
  const { values } = form;
  return html`<fieldset><legend>What it is</legend>
${field({ name: 'title', label: 'Title', hint: 'What you would tell somebody on the phone: “Garden thermometer, Porto”.', maxlength: 120 }, form)}
${
  listing
    ? NOTHING
    : field(
        {
          name: 'slug',
          label: 'Address',
          hint: 'The last part of its link. Left empty, it is made of the title. It cannot be changed later.',
          maxlength: 64,
          spellcheck: false,
        },
        form,
      )
}
${textField({ name: 'description', label: 'Description', hint: 'What is measured, where, how often, with what; what is missing. Markdown makes headings, lists and links.', rows: 9, maxlength: 20_000 }, form)}
<div class="actions"><button class="second" name="do" value="preview">Preview the description</button></div>
${pressed === 'preview' && descriptionPreview(values.description ?? '')}
${field({ name: 'tags', label: 'Tags', hint: 'Up to ten words to be found by, with spaces between: weather sensor porto.', spellcheck: false }, form)}
${field({ name: 'licence', label: 'Licence', hint: 'What buyers may do with the data. Choose a usual one, or write your own.', list: 'licences', maxlength: 200 }, form)}
<datalist id="licences">${LICENCES.map((licence) => html`<option value="${licence}"></option>`)}</datalist>
${field({ name: 'sourceUrl', label: 'Where it comes from (optional)', hint: 'A page about the source.', type: 'url', placeholder: 'https://', maxlength: 500 }, form)}
</fieldset>`;
}

function descriptionPreview(text: string): Html {
  return html`<section class="card" id="preview" tabindex="-1" autofocus aria-label="The description, as buyers see it">
${text.trim() === '' ? html`<p class="quiet">There is nothing to show yet.</p>` : renderMarkdown(text)}
</section>`;
}

function visitors(form: FormState): Html {
  const isHeld = form.values.settlement === 'held';
  return html`<fieldset><legend>Before and while they buy</legend>
${field({ name: 'previewBlocks', label: 'How many blocks anybody may see', hint: 'A taste of the real data on its page, up to 100. 0 shows none.', inputmode: 'numeric', maxlength: 3 }, form)}
${choice(
  {
    name: 'previewFrom',
    label: 'Which ones',
    options: [
      { value: 'last', text: 'The newest' },
      { value: 'first', text: 'The first' },
    ],
  },
  form,
)}
${textField({ name: 'terms', label: 'Terms of use (optional)', hint: 'Beyond the licence. Buyers accept them with each order. Markdown.', rows: 4, maxlength: 20_000 }, form)}
<div class="field"><label class="check"><input type="checkbox" name="settlement" value="held" ${attribute('checked', isHeld)} aria-describedby="${idOf('settlement')}-hint"> Take payments only once the buyer has been let in</label>
<p class="hint" id="${idOf('settlement')}-hint">A payment then waits on its way until the data can be read, and goes back to the buyer if it cannot. Buyers trust that more; it asks that the feed can be reached when they buy.</p></div>
</fieldset>`;
}

function conflictNotice(conflict: { name: string; now: string }[], listing: Listing): Html {
  return html`<div class="notice warn" role="alert" tabindex="-1" autofocus>
<p><strong>This listing was changed meanwhile</strong>, in another window or by a program. Nothing of yours was saved, and nothing of it is lost: it stands below.</p>
${
  conflict.length > 0
    ? html`<p>There it says now:</p><dl class="facts">${conflict.map(({ name, now }) => html`<dt>${name}</dt><dd>${now}</dd>`)}</dl>`
    : html`<p>In these fields, both say the same.</p>`
}
<p>Save again to put yours in its place, or <a href="/desk/listings/${listing.slug}/edit">drop yours and see the listing as it is</a>.</p>
</div>`;
}

function hidden(name: string, { values }: FormState): Html {
  const value = values[name];
  return value === undefined
    ? NOTHING
    : html`<input type="hidden" name="${name}" value="${value}">`;
}
