export interface Line {
  name: string;
  unit: string | undefined;
  values: (number | null)[];
}

export interface ChartData {
  title: string;
  xName: string;
  isTime: boolean;
  /** Ascending. Times in ms since the epoch. */
  x: number[];
  /** Several stand at one x: they are points, with no pattern to tell lines apart, and no line from one to the next. */
  isScattered: boolean;
  /** Lines that share an axis stand together. */
  panes: Line[][];
}

const MAX_LINES = 12;
/** How much lower than alone a line may become by sharing an axis. */
const MAX_SQUASH = 5;
const MAX_ALONE = 1e15;
const LEAST_SPAN = 1e-13;

/** What the table of a figure says, and how it is best drawn. */
export function readFigure(figure: HTMLElement): ChartData {
  const headings = [...figure.querySelectorAll<HTMLElement>('thead th')];
  const rows = [...figure.querySelectorAll('tbody tr')]
    .map((row) => [...row.children].map(numberIn))
    .filter(([x]) => x !== null)
    .sort(([a], [b]) => a! - b!);
  const lines = headings
    .map(({ dataset }, at) => ({
      name: dataset.name!,
      unit: dataset.unit,
      values: dataset.kind === 'number' && at > 0 ? rows.map((row) => row[at] ?? null) : [],
    }))
    .filter(({ values }) => canBeMarked(values));
  const x = rows.map(([x]) => x!);
  const isScattered = x.some((value, at) => at > 0 && value === x[at - 1]);
  const drawn = canBeMarked(x) ? lines.slice(0, MAX_LINES) : [];
  return {
    title: figure.dataset.chart!,
    xName: headings[0]!.dataset.name!,
    isTime: headings[0]!.dataset.kind === 'time',
    x,
    isScattered,
    panes: isScattered ? drawn.map((line) => [line]) : panesOf(drawn),
  };
}

function numberIn(cell: Element): number | null {
  const data = cell.querySelector('data');
  if (data) return Number(data.value);
  const time = cell.querySelector('time');
  return time && Date.parse(time.dateTime);
}

/**
 * Whether an axis can have marks: not where numbers are so large, and so close to one another, that there is hardly one in
 * between. uPlot would add a step to a number for ever and arrive at the same.
 */
function canBeMarked(values: (number | null)[]): boolean {
  const { min, max } = rangeOf(values);
  const size = Math.max(Math.abs(min), Math.abs(max));
  if (!Number.isFinite(size)) return false;
  return min === max ? size <= MAX_ALONE : max - min >= size * LEAST_SPAN;
}

function panesOf(lines: Line[]): Line[][] {
  const panes: Line[][] = [];
  for (const line of lines) {
    const pane = panes.find((others) => suit(line, others));
    if (pane) pane.push(line);
    else panes.push([line]);
  }
  return panes;
}

function suit(line: Line, others: Line[]): boolean {
  if (others[0]!.unit !== line.unit) return false;
  if (line.unit !== undefined) return true;
  const ranges = [line, ...others].map(({ values }) => rangeOf(values));
  const all = Math.max(...ranges.map(({ max }) => max)) - Math.min(...ranges.map(({ min }) => min));
  return ranges.every(({ min, max }) => all <= MAX_SQUASH * (max - min));
}

function rangeOf(values: (number | null)[]): { min: number; max: number } {
  const there = values.filter((value) => value !== null);
  return { min: Math.min(...there), max: Math.max(...there) };
}
