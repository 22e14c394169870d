import { attribute, type Html, html, NOTHING } from '../../html.ts';
import { type FormState, textField } from '../../parts/form.ts';
import { readSample, type Sample } from '../../parts/sample.ts';

const SHOWN = 5;

/** A look at the data before anything is written down: it fills in what it can. */
export function sampleEditor(form: FormState): Html {
  const isOpen = form.values.sample || form.faults.sample;
  return html`<fieldset class="card sample"><legend>Begin with your data</legend>
<p>Show the first lines of what you have, and the form fills itself in: the columns, their types, a title. Nothing is uploaded yet.</p>
<div data-sample-file hidden>
<label for="sample-file">A CSV or NDJSON file</label>
<input type="file" id="sample-file" accept=".csv,.tsv,.ndjson,.jsonl,text/csv,application/x-ndjson">
</div>
<input type="hidden" name="sampleName" value="${form.values.sampleName ?? ''}">
<details ${attribute('open', Boolean(isOpen))}><summary>Paste the first lines instead</summary>
${textField({ name: 'sample', label: 'First lines', hint: 'CSV with its header row, or a JSON object a line.', rows: 5 }, form)}
<button class="second" name="do" value="sample">Fill in the form</button>
</details>
</fieldset>`;
}

/** What was understood of it. */
export function sampleTable({ values }: FormState): Html {
  const sample = values.sample ? readSample(values.sample, values.sampleName === '') : null;
  return sample ? tableOf(sample, 'What was read of it') : NOTHING;
}

export function tableOf({ columns, rows }: Sample, caption: string): Html {
  const more = rows.length - SHOWN;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.slice(0, SHOWN).map((row) => html`<tr>${columns.map((_, at) => html`<td>${row[at] ?? ''}</td>`)}</tr>`)}</tbody>
</table></div>
${more > 0 && html`<p class="quiet">and ${more} more row${more === 1 ? '' : 's'} that were looked at</p>`}`;
}
