import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { csrfField, type FormState, faultSummary, field, textField } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import { statusOf } from '../login.ts';

/** A draft made of a Dazaar card. */
export function importCardPage(form: FormState, viewer: Viewer): Page {
  return {
    title: 'Import a card',
    desk: 'listings',
    status: statusOf(form),
    main: html`<p class="crumbs"><a href="/desk/listings">← Listings</a></p>
<h1>Import a card</h1>
<p>A card is a small JSON file that says what is sold: from this market, another one, or Dazaar 1. It becomes a draft of yours, with a new and empty feed; you look it over before anybody sees it.</p>
${faultSummary(form)}
<form method="post" action="/desk/listings/import">${csrfField(viewer)}
<input type="hidden" name="key" value="${form.values.key ?? ''}">
${textField({ name: 'card', label: 'The card, as JSON', rows: 12, required: true }, form)}
${field({ name: 'slug', label: 'Address (optional)', hint: 'Made of the card’s name when empty.', spellcheck: false, maxlength: 64 }, form)}
${field({ name: 'licence', label: 'Licence', hint: 'Needed when the card has none.', maxlength: 200 }, form)}
<div class="actions"><button>Make a draft</button> <a href="/desk/listings">Cancel</a></div>
</form>`,
  };
}
