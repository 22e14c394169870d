const GAP = '  ';
const MIN_LAST_WIDTH = 10;

export interface TableColumn {
  title: string;
  align?: 'left' | 'right';
}

/**
 * Aligned columns under their titles; the last one is cut where a line would be longer than `width`
 * (undefined: nothing is cut).
 */
export function table(
  columns: readonly TableColumn[],
  rows: readonly string[][],
  width: number | undefined,
  styleHead: (text: string) => string,
): string {
  const head = columns.map((column) => column.title);
  const widths = columns.map((_, i) =>
    Math.max(...[head, ...rows].map((row) => [...(row[i] ?? '')].length)),
  );
  const line = (cells: readonly string[]) => fit(format(cells, columns, widths), widths, width);
  return [styleHead(line(head)), ...rows.map(line)].join('\n');
}

function format(
  cells: readonly string[],
  columns: readonly TableColumn[],
  widths: number[],
): string {
  const padded = columns.map((column, i) => {
    const cell = cells[i] ?? '';
    const space = ' '.repeat((widths[i] ?? 0) - [...cell].length);
    return column.align === 'right' ? space + cell : cell + space;
  });
  return padded.join(GAP).trimEnd();
}

function fit(line: string, widths: number[], width: number | undefined): string {
  if (width === undefined) return line;
  const firstWidth = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  const limit = Math.max(width, firstWidth + MIN_LAST_WIDTH);
  const characters = [...line];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : line;
}
