import { attribute, type Html, html } from '../../html.ts';
import { choice, type FormState, field } from '../../parts/form.ts';
import type { EditorView } from './listing-editor-view.ts';
import { rowsIn } from './listing-fields.ts';

export const MAX_PLANS = 12;

const KINDS = [
  { value: 'time', text: 'Access for a time' },
  { value: 'forever', text: 'Access for good' },
  { value: 'trial', text: 'A free trial' },
  { value: 'free', text: 'Free, for good' },
];

const HISTORIES = [
  { value: 'all', text: 'All that is there, and what comes' },
  { value: 'from-purchase', text: 'Only what comes after the purchase' },
  { value: 'last', text: 'The last blocks, and what comes' },
];

const ORDERS = [
  { value: 'ordered', text: 'Buyers order it, and you see who has it' },
  { value: 'open', text: 'Anybody reads it without an order' },
];

export const PERIODS = [
  ['second', 1000],
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 7 * 86_400_000],
] as const;

/** What access costs: one row a plan. */
export function plansEditor({ listing, form, pressed, currencies }: EditorView): Html {
  const rows = rowsIn(form.values, 'plan');
  return html`<fieldset id="plans"><legend>What it costs</legend>
<p class="hint">Buyers choose one, and may buy several periods at once. A price in a currency becomes sat at the rate of the moment.${listing && html` Changing a price changes nothing for those who have bought.`}</p>
${rows.map((row) => planRow(row, form, currencies, pressed === 'add-plan' && row === rows.at(-1)))}
<div class="actions"><button class="second" name="do" value="add-plan">Add a price</button></div>
</fieldset>`;
}

function planRow(row: number, form: FormState, currencies: string[], isNew: boolean): Html {
  const name = (part: string) => `plan-${row}-${part}`;
  const label = form.values[name('name')] || `price ${row + 1}`;
  const units = PERIODS.map(([value]) => ({ value, text: `${value}s` }));
  const money = ['sat', ...currencies].map((value) => ({ value, text: value }));
  return html`<div class="row-editor plan-editor" role="group" aria-label="${label}">
${choice({ name: name('kind'), label: 'What is sold', options: KINDS, ...(isNew && { autofocus: true }) }, form)}
<div class="pair costs">
${field({ name: name('amount'), label: 'Price', inputmode: 'decimal', maxlength: 20 }, form)}
${choice({ name: name('currency'), label: 'In', options: money }, form)}
</div>
<div class="pair lasts">
${field({ name: name('count'), label: 'For', inputmode: 'numeric', maxlength: 9 }, form)}
${choice({ name: name('unit'), label: 'Unit', options: units }, form)}
</div>
${field({ name: name('name'), label: 'Short name', placeholder: 'made of the rest', spellcheck: false, maxlength: 32 }, form)}
${opens(row, form)}
<div class="field tail"><button class="link" name="do" value="remove-plan-${row}" aria-label="Remove ${label}">Remove</button></div>
</div>`;
}

/** What most sellers leave as it is. */
function opens(row: number, form: FormState): Html {
  const name = (part: string) => `plan-${row}-${part}`;
  const parts = ['history', 'historyBlocks', 'machines', 'orders'].map(name);
  const isUsual = (part: string) => ['', 'all', 'ordered'].includes(form.values[part] ?? '');
  const isOpen = parts.some((part) => form.faults[part] || !isUsual(part));
  return html`<details class="plan-opens" ${attribute('open', isOpen)}><summary>What it opens</summary>
${choice({ name: name('history'), label: 'Of the past', options: HISTORIES }, form)}
<div class="last-blocks">${field({ name: name('historyBlocks'), label: 'How many last blocks', hint: 'A part of the past is for blocks in their order: the other kinds of data need all of it.', inputmode: 'numeric', maxlength: 10 }, form)}</div>
${field({ name: name('machines'), label: 'Machines at once', hint: 'How many may read with one key at a time, at each seeder of the market. Left empty: as many as there is room for.', inputmode: 'numeric', maxlength: 2 }, form)}
<div class="orders">${choice({ name: name('orders'), label: 'What is free', options: ORDERS }, form)}</div>
</details>`;
}
