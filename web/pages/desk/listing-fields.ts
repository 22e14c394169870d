import { attribute, type Html, html } from '../../html.ts';
import { FIELD_TYPES } from '../../parts/block-fields.ts';
import { choice, type FormState, field, idOf, textField } from '../../parts/form.ts';
import type { EditorView } from './listing-editor-view.ts';

export const MAX_FIELDS = 60;

/** What one block holds: a table of values, or a JSON Schema as it is. */
export function fieldsEditor({ form, pressed }: EditorView): Html {
  return form.values.schemaMode === 'json' ? asJson(form) : asTable(form, pressed);
}

function asTable(form: FormState, pressed: string | null): Html {
  const rows = rowsIn(form.values, 'field');
  return html`<fieldset id="fields"><legend>What a row holds</legend>
<input type="hidden" name="schemaMode" value="table">
<p class="hint">Buyers read this before they pay, and CSV is checked against it. Leave it empty for files, or when rows differ.</p>
${rows.map((row) => fieldRow(row, form, pressed === 'add-field' && row === rows.at(-1)))}
<div class="actions"><button class="second" name="do" value="add-field">Add a value</button>
<button class="link" name="do" value="json">Write it as JSON Schema instead</button></div>
</fieldset>`;
}

function fieldRow(row: number, form: FormState, isNew: boolean): Html {
  const name = (part: string) => `field-${row}-${part}`;
  const { values } = form;
  const label = values[name('name')] || `value ${row + 1}`;
  return html`<div class="row-editor" role="group" aria-label="${label}">
${field({ name: name('name'), label: 'Name', spellcheck: false, maxlength: 200, ...(isNew && { autofocus: true }) }, form)}
${choice({ name: name('type'), label: 'Type', options: FIELD_TYPES.map(([value, text]) => ({ value, text })) }, form)}
${field({ name: name('unit'), label: 'Unit', placeholder: '°C', maxlength: 40 }, form)}
${field({ name: name('description'), label: 'Meaning', maxlength: 500 }, form)}
<div class="field tail"><label class="check"><input type="checkbox" name="${name('required')}" value="on" id="${idOf(name('required'))}" ${attribute('checked', values[name('required')] === 'on')}> In every row</label>
<button class="link" name="do" value="remove-field-${row}" aria-label="Remove ${label}">Remove</button></div>
</div>`;
}

function asJson(form: FormState): Html {
  return html`<fieldset id="fields"><legend>What a block holds</legend>
<input type="hidden" name="schemaMode" value="json">
${textField({ name: 'schemaJson', label: 'JSON Schema', hint: 'Of one block, draft 2020-12. {} says nothing about it.', rows: 14 }, form)}
<div class="actions"><button class="link" name="do" value="table">Back to the table</button></div>
</fieldset>`;
}

/** The numbers of the rows that a form has of a kind. */
export function rowsIn(values: Record<string, string>, kind: 'field' | 'plan'): number[] {
  const key = new RegExp(`^${kind}-(\\d{1,3})-`);
  const rows = Object.keys(values).flatMap((name) => key.exec(name)?.[1] ?? []);
  return [...new Set(rows.map(Number))].sort((a, b) => a - b);
}
