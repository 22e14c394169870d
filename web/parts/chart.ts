import { attribute, type Html, html, NOTHING } from '../html.ts';
import { bytes } from './bytes.ts';

export interface ChartColumn {
  name: string;
  /** `time`: ms since the epoch, shown in UTC. `text` is in the table only. */
  kind: 'time' | 'number' | 'text';
  /** Columns of one unit share an axis; `bytes` are shown as kB, MB, … */
  unit?: string;
}

export type ChartCell = number | string | null;

export interface FigureOptions {
  title: string;
  columns: ChartColumn[];
  /** A cell for each column; null where there is none. */
  rows: ChartCell[][];
}

/**
 * Figures as a table, which a chart is drawn above when scripts run. The first column is x when it is a time or a number;
 * each number behind it is a line. To have charts drawn, name an island that calls `drawCharts()` of
 * `islands/parts/chart.ts`:
 *
 *     figure({
 *       title: 'Sales a day',
 *       columns: [{ name: 'Day', kind: 'time' }, { name: 'Sold', kind: 'number', unit: 'sat' }],
 *       rows: days.map(({ dayMs, soldSat }) => [dayMs, soldSat]),
 *     })
 */
export function figure({ title, columns, rows }: FigureOptions): Html {
  const isDrawn =
    columns[0]?.kind !== 'text' &&
    columns.slice(1).some(({ kind }) => kind === 'number') &&
    rows.length > 1;
  const isDays = columns.map(({ kind }, at) => kind === 'time' && areDays(rows, at));
  return html`<figure class="figures" ${attribute('data-chart', isDrawn ? title : null)}>
<figcaption>${title}</figcaption>
${isDrawn ? html`<div class="plot"></div>` : NOTHING}
<div class="scroll" tabindex="0" role="region" aria-label="${title}, as a table">
<table>
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>
${rows.map(
  (row) =>
    html`<tr>${columns.map((column, at) => cell(column, row[at] ?? null, isDays[at]!))}</tr>
`,
)}</tbody>
</table>
</div>
</figure>`;
}

function heading({ name, kind, unit }: ChartColumn): Html {
  const note = kind === 'time' ? 'UTC' : unit === 'bytes' ? undefined : unit;
  return html`<th scope="col" data-kind="${kind}" data-name="${name}" ${attribute('data-unit', unit)} ${attribute('class', kind === 'number' ? 'number' : null)}>${name}${note !== undefined && html` <span class="quiet">${note}</span>`}</th>`;
}

function cell({ kind, unit }: ChartColumn, value: ChartCell, isDay: boolean): Html {
  if (value === null) return html`<td></td>`;
  if (typeof value === 'string' || kind === 'text') return html`<td>${value}</td>`;
  if (kind === 'time') return html`<td>${instant(value, isDay)}</td>`;
  return html`<td class="number"><data value="${value}">${inUnit(value, unit)}</data></td>`;
}

function instant(ms: number, isDay: boolean): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${isDay ? dayOf(ms) : iso.replace('T', ' ').replace(/(\.000)?Z$/, '')}</time>`;
}

const DAY_MS = 86_400_000;

function areDays(rows: ChartCell[][], at: number): boolean {
  return rows.every((row) => typeof row[at] !== 'number' || row[at] % DAY_MS === 0);
}

/** `2026-11-22`, in UTC. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().split('T')[0]!;
}

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 15, useGrouping: 'min2' });
const TINY = 1e-6;
const HUGE = 1e15;

/** A figure as tables, axes and readings show it. */
export function inUnit(value: number, unit?: string): string {
  if (unit === 'bytes') return bytes(value);
  const size = Math.abs(value);
  return size !== 0 && (size < TINY || size >= HUGE) ? String(value) : NUMBER.format(value);
}
