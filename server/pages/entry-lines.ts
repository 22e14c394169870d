import { stringify } from 'csv-stringify/sync';
import type { OwnFeed } from '../own-feed.ts';

const PAGE = '1000';
/** Comes behind any character of a key. */
const LAST = '\u{10ffff}';

export type EntryFormat = 'ndjson' | 'csv';
type Entries = { key: string; value: unknown }[];

/**
 * All entries of a Hyperbee whose keys begin with a prefix, as a text in pieces. What changes meanwhile is in it as it is
 * when its page is read.
 *
 * @throws when access ends, or no gateway answers any more
 */
export async function* entryLines(
  feed: OwnFeed,
  prefix: string,
  format: EntryFormat,
): AsyncGenerator<string, void, void> {
  // The heading goes out with the first page: before that it is not known whether anything will.
  let heading = format === 'csv' ? csv([['key', 'value']]) : '';
  for (let after: string | null = null; ; ) {
    const range = new URLSearchParams({ limit: PAGE });
    if (prefix !== '') range.set('lt', prefix + LAST);
    if (after !== null) range.set('gt', after);
    else if (prefix !== '') range.set('gte', prefix);
    const page = await feed.entries(range);
    if ('trouble' in page) throw new Error(`entries cannot be read: ${page.trouble}`);
    yield heading + linesOf(page.entries, format);
    heading = '';
    if (!page.more) return;
    after = page.entries.at(-1)!.key;
  }
}

function linesOf(entries: Entries, format: EntryFormat): string {
  if (format === 'csv') return csv(entries.map(({ key, value }) => [key, JSON.stringify(value)]));
  return entries.map(({ key, value }) => `${JSON.stringify({ key, value })}\n`).join('');
}

function csv(rows: string[][]): string {
  return stringify(rows, { record_delimiter: 'windows' });
}
