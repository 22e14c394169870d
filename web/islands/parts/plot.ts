import uPlot from 'uplot';
import { dayOf, inUnit } from '../../parts/chart.ts';
import { type ChartData, type Line, readFigure } from './chart-data.ts';

const HEIGHT_PX = 260;
/** Of each of several charts above one another. */
const LOW_PX = 180;
const COLOURS = 6;
const SHOWN_LINES = 6;
// Each line has a pattern of its own, so that colour is not what tells them apart.
const DASHES = [[], [9, 4], [2, 4], [12, 4, 2, 4], [18, 6], [5, 5]];
// Wide enough for the longest label.
const TIME_SPACE_PX = 92;
const NUMBER_SPACE_PX = 60;
// Half of the longest label, which stands under the last point.
const TIME_EDGE_PX = 38;
// Of labels of one line, and of two.
const [LOW_LABELS_PX, HIGH_LABELS_PX] = [32, 46];
const FEW_POINTS = 40;
const READ_DIGITS = 6;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Which lines of a figure, by its title, are not to be seen: stays when the figure is written anew. */
const hidden = new Map<string, Set<string>>();

const charts = new Set<{ figure: HTMLElement; plots: uPlot[] }>();

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) {
    if (!chart.figure.isConnected) charts.delete(chart);
    else for (const plot of chart.plots) plot.redraw();
  }
});

/** Draws a figure anew whose table has other rows by now. */
export function replot(figure: HTMLElement): void {
  for (const chart of charts) {
    if (chart.figure !== figure) continue;
    for (const each of chart.plots) each.destroy();
    charts.delete(chart);
  }
  figure.querySelector('.plot')?.replaceChildren();
  plot(figure);
}

/** Draws a figure's table as a chart that can be read by mouse and by keyboard. */
export function plot(figure: HTMLElement): void {
  const place = figure.querySelector<HTMLElement>('.plot');
  if (!place || place.childElementCount > 0) return;
  const data = readFigure(figure);
  if (data.panes.length === 0) {
    place.remove();
    return;
  }
  const reading = element('p', 'reading');
  reading.setAttribute('role', 'status');
  const canvas = element('div', 'panes');
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'group');
  canvas.setAttribute(
    'aria-label',
    `${data.title}: a chart. The left and right arrow keys read it point by point.`,
  );
  place.append(
    legend(data, () => plots),
    canvas,
    reading,
  );
  const say = (at: number | null | undefined) => {
    reading.textContent = at === null || at === undefined ? '' : readingAt(data, at);
  };
  const plots = data.panes.map((lines, pane) => drawPane(canvas, data, lines, pane, say));
  readByKeys(canvas, data, plots);
  charts.add({ figure, plots });
  new ResizeObserver(() => {
    const size = sizeIn(canvas, data);
    if (plots[0]!.width === size.width) return;
    for (const each of plots) each.setSize(size);
  }).observe(canvas);
}

function drawPane(
  canvas: HTMLElement,
  data: ChartData,
  lines: Line[],
  pane: number,
  say: (at: number | null | undefined) => void,
): uPlot {
  const quiet = () => getComputedStyle(canvas).color;
  const grid = { stroke: quiet, width: 0.25 };
  const before = data.panes.slice(0, pane).flat().length;
  const off = hiddenOf(data);
  const drawn = new uPlot(
    {
      ...sizeIn(canvas, data),
      ms: 1,
      padding: [null, data.isTime ? TIME_EDGE_PX : null, null, null],
      tzDate: (ms) => uPlot.tzDate(new Date(ms), 'Etc/UTC'),
      legend: { show: false },
      cursor: {
        sync: { key: data.title },
        y: false,
        drag: { x: true, y: false },
        points: { size: 7 },
      },
      scales: { x: { time: data.isTime } },
      axes: [
        {
          stroke: quiet,
          grid,
          ticks: grid,
          space: data.isTime ? TIME_SPACE_PX : NUMBER_SPACE_PX,
          values: (_, splits, __, ___, step) => labels(splits, step, data.isTime),
          size: (_, values) =>
            values?.some((label) => label.includes('\n')) ? HIGH_LABELS_PX : LOW_LABELS_PX,
        },
        {
          stroke: quiet,
          grid,
          ticks: grid,
          values: (_, splits) => splits.map((value) => inUnit(value, lines[0]!.unit)),
          size: (_, values) => 18 + 7.5 * Math.max(3, ...(values ?? []).map((v) => v.length)),
        },
      ],
      series: [
        {},
        ...lines.map((line, at) => ({
          label: line.name,
          show: !off.has(line.name),
          stroke: () => colourOf(canvas, before + at),
          width: 1.75,
          dash: dashOf(before + at),
          ...(data.isScattered && { paths: () => null }),
          points: { show: data.isScattered || data.x.length <= FEW_POINTS, size: 5 },
          spanGaps: false,
        })),
      ],
      hooks: { setCursor: [(self) => say(self.cursor.idx)] },
    },
    [data.x, ...lines.map(({ values }) => values)],
    canvas,
  );
  drawn.root.hidden = lines.every(({ name }) => off.has(name));
  return drawn;
}

function sizeIn({ clientWidth }: HTMLElement, { panes }: ChartData) {
  return { width: clientWidth, height: panes.length > 1 ? LOW_PX : HEIGHT_PX };
}

function readByKeys(canvas: HTMLElement, { x }: ChartData, plots: uPlot[]): void {
  let at = -1;
  const last = x.length - 1;
  const steps: Record<string, () => number> = {
    ArrowRight: () => Math.min(last, at + 1),
    ArrowLeft: () => Math.max(0, at < 0 ? last : at - 1),
    Home: () => 0,
    End: () => last,
  };
  canvas.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    at = step();
    for (const plot of plots) {
      plot.setCursor({ left: plot.valToPos(x[at]!, 'x'), top: plot.over.clientHeight / 2 });
    }
  });
}

function readingAt({ x, isTime, xName, panes }: ChartData, at: number): string {
  const where = isTime
    ? `${new Date(x[at]!).toISOString().slice(0, 19).replace('T', ' ').replace(' 00:00:00', '')} UTC`
    : `${xName} ${inUnit(x[at]!)}`;
  const values = panes.flat().flatMap(({ name, unit, values }) => {
    const value = values[at];
    if (value === null || value === undefined) return [];
    return `${name} ${inUnit(Number(value.toPrecision(READ_DIGITS)), unit)}${unit && unit !== 'bytes' ? ` ${unit}` : ''}`;
  });
  return `${where}: ${values.join(', ')}`;
}

function legend(data: ChartData, plots: () => uPlot[]): HTMLElement {
  const { panes } = data;
  const list = element('ul', 'legend');
  const off = hiddenOf(data);
  let order = 0;
  panes.forEach((lines, pane) => {
    lines.forEach((line, at) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'second';
      button.title = 'Show or hide this line';
      button.setAttribute('aria-pressed', String(!off.has(line.name)));
      button.append(swatch(order++), line.unit ? `${line.name} (${line.unit})` : line.name);
      button.addEventListener('click', () => {
        const show = off.delete(line.name);
        if (!show) off.add(line.name);
        button.setAttribute('aria-pressed', String(show));
        plots()[pane]!.setSeries(at + 1, { show });
        plots()[pane]!.root.hidden = lines.every(({ name }) => off.has(name));
      });
      const item = document.createElement('li');
      item.append(button);
      list.append(item);
    });
  });
  return list;
}

/** More lines than can be told apart are left to be shown one by one. */
function hiddenOf({ title, panes }: ChartData): Set<string> {
  const names = panes.flat().map(({ name }) => name);
  const off = hidden.get(title) ?? new Set(names.slice(SHOWN_LINES));
  hidden.set(title, off);
  return off;
}

const SVG = 'http://www.w3.org/2000/svg';

function swatch(order: number): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  const line = document.createElementNS(SVG, 'line');
  for (const [name, value] of Object.entries({
    x1: 0,
    x2: 32,
    y1: 5,
    y2: 5,
    stroke: 'currentColor',
    'stroke-width': 3,
    'stroke-dasharray': dashOf(order).join(' '),
  })) {
    if (value !== '') line.setAttribute(name, String(value));
  }
  svg.setAttribute('viewBox', '0 0 32 10');
  svg.setAttribute('class', `line-${order % COLOURS}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(line);
  return svg;
}

function dashOf(order: number): number[] {
  return DASHES[(order + Math.floor(order / COLOURS)) % DASHES.length]!;
}

// The swatch has the colour by its class, resolved for the theme.
function colourOf(canvas: HTMLElement, order: number): string {
  const swatches = canvas.parentElement!.querySelectorAll('.legend svg');
  return getComputedStyle(swatches[order]!).color;
}

/** Axis labels: a day is said with the first label, and with the first of each new day. */
function labels(splits: number[], step: number, isTime: boolean): string[] {
  if (!isTime) return splits.map((value) => inUnit(value));
  if (step >= DAY_MS) return splits.map((ms) => dayOf(ms));
  let day = '';
  return splits.map((ms) => {
    const time = new Date(ms).toISOString().slice(11, step < MINUTE_MS ? 19 : 16);
    const isNewDay = day !== dayOf(ms);
    day = dayOf(ms);
    return isNewDay ? `${time}\n${day}` : time;
  });
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}
