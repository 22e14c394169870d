import { entryChange } from '../contract/feed-content.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { isTooDeep } from '../http/json-limits.ts';
import type { EntryChange } from '../protocol/entry-batch.ts';
import { collect } from './blocks/collect.ts';
import { ndjsonBlocks } from './blocks/ndjson.ts';
import { isJson } from './blocks/well-formed.ts';

const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 8_192;
const TOO_LARGE = refuse('batch-too-large', 'A batch holds at most 8,192 changes and 4 MiB.');

/** The changes of a Hyperbee in a body, an NDJSON line each or a JSON array; a refusal names the change, from 1. */
export async function readEntries(
  mediaType: string,
  body: AsyncIterable<Buffer>,
): Promise<EntryChange[] | Refusal> {
  const bytes = await collect(body, MAX_BATCH_BYTES);
  if (!bytes) return TOO_LARGE;
  const values = mediaType === 'application/json' ? fromArray(bytes) : await fromLines(bytes);
  if (isRefusal(values)) return values;
  if (values.length === 0) return refuse('entry-invalid', 'There is no change in the body.');
  if (values.length > MAX_ENTRIES) return TOO_LARGE;
  return checked(values);
}

function fromArray(bytes: Buffer): unknown[] | Refusal {
  const value: unknown = isJson(bytes) ? JSON.parse(bytes.toString()) : null;
  if (Array.isArray(value)) return value;
  return refuse('entry-invalid', 'The body is not a JSON array in UTF-8.');
}

async function fromLines(bytes: Buffer): Promise<unknown[] | Refusal> {
  const values: unknown[] = [];
  for await (const lines of ndjsonBlocks(only(bytes))) {
    if (isRefusal(lines)) return refuse('entry-invalid', lines.detail);
    for (const line of lines) values.push(JSON.parse(line.toString()));
  }
  return values;
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function checked(values: readonly unknown[]): EntryChange[] | Refusal {
  const changes: EntryChange[] = [];
  for (const [i, value] of values.entries()) {
    if (isTooDeep(value)) return refuse('entry-invalid', `Change ${i + 1} nests too deep.`);
    const change = entryChange.safeParse(value);
    if (!change.success) {
      const [fault] = change.error.issues;
      const where = [i + 1, ...(fault?.path ?? [])].join('.');
      return refuse('entry-invalid', `Change ${where}: ${fault?.message}.`);
    }
    changes.push(change.data);
  }
  return changes;
}
