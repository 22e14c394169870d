export type RowFormat = 'csv' | 'ndjson';

/** The rows that a file has, by its name; null when it says neither. */
export function formatOf(fileName: string): RowFormat | null {
  if (/\.csv$/i.test(fileName)) return 'csv';
  return /\.(ndjson|jsonl|json)$/i.test(fileName) ? 'ndjson' : null;
}

/** What a text begins with: JSON values, or a header row. */
export function formatOfText(text: string): RowFormat {
  return /^\uFEFF?\s*[{["\d]/.test(text) && isJson(text.trimStart().split('\n')[0]!)
    ? 'ndjson'
    : 'csv';
}

export const MEDIA_TYPES: Record<RowFormat, string> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
};

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
