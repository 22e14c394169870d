import { readSample, type Sample } from '../../parts/sample.ts';

const LOOK_BYTES = 64 * 1024;
const SHOWN = 5;

type Schema = Record<string, unknown>;

/** Shows the first rows of a file before it is sent, and what does not fit the listing's schema. */
export async function look(place: HTMLElement, file: File, schema: Schema, isTable: boolean) {
  const text = await file.slice(0, LOOK_BYTES).text();
  const sample = readSample(text, file.size <= LOOK_BYTES);
  if (!sample) {
    return place.replaceChildren(
      paragraph('notice', 'Its first lines are no table: each line has to be a JSON value.'),
    );
  }
  const warning = isTable ? null : misfit(sample, schema);
  place.replaceChildren(tableOf(sample), ...(warning ? [paragraph('notice warn', warning)] : []));
}

/** What the API would refuse of a CSV file; null when its columns fit. */
function misfit({ format, columns }: Sample, schema: Schema): string | null {
  if (format !== 'csv') return null;
  const known = Object.keys((schema.properties ?? {}) as Schema);
  if (known.length === 0) {
    return 'The listing does not say yet what a row holds. Say it first (Edit, “What a row holds”), then send this.';
  }
  const strange = columns.filter((name) => !known.includes(name));
  if (strange.length > 0) return `The listing knows no column ${quoted(strange)}.`;
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const missing = required.filter((name) => !columns.includes(name));
  return missing.length > 0 ? `The column ${quoted(missing)} is missing.` : null;
}

function quoted(names: string[]): string {
  return names.map((name) => `“${name}”`).join(', ');
}

function tableOf({ columns, rows }: Sample): HTMLElement {
  const table = document.createElement('table');
  table.createCaption().textContent = 'The first rows';
  const head = table.createTHead().insertRow();
  for (const name of columns) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows.slice(0, SHOWN)) {
    const line = body.insertRow();
    for (const at of columns.keys()) line.insertCell().textContent = row[at] ?? '';
  }
  const scroll = document.createElement('div');
  scroll.className = 'scroll';
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', 'The first rows of the file');
  scroll.append(table);
  return scroll;
}

function paragraph(className: string, text: string): HTMLElement {
  const element = document.createElement('p');
  element.className = className;
  element.textContent = text;
  return element;
}
