import type { Readable } from 'node:stream';
import type { FeedKind } from '../../../contract/index.ts';
import { isRefusal, type Refusal, refuse } from '../../../domain/refusal.ts';
import { appendBlocks } from '../../../flow/append-blocks.ts';
import { putEntries } from '../../../flow/put-entries.ts';
import { putFile } from '../../../flow/put-file.ts';
import { entryBatches } from '../../../web/parts/entry-batches.ts';
import { typesOf } from '../../../web/parts/schema-rows.ts';
import { formatOf, MEDIA_TYPES, type RowFormat } from '../../../web/parts/upload-type.ts';
import { readBlocks } from '../../blocks/read-blocks.ts';
import { readEntries } from '../../read-entries.ts';
import { untilAppendedWith, untilWrittenWith } from '../../until-appended.ts';
import type { PageDeps } from '../deps.ts';
import type { FormFile } from '../multipart.ts';

export interface Target {
  sellerId: string;
  slug: string;
  kind: FeedKind;
  blockSchema: unknown;
  batchId: string;
  /** Of a table by key: the column that the key stands in. */
  keyColumn: string;
  /** Of a drive: what goes ahead of the files' names. */
  folder: string;
}

/** Takes in what a form brings, over the flows that the API uses; says in a sentence what came of it. */
export interface Intake {
  takeFiles(target: Target, files: AsyncIterable<FormFile>): Promise<string | Refusal>;
  takeRows(
    target: Target,
    format: RowFormat,
    content: AsyncIterable<Buffer>,
  ): Promise<string | Refusal>;
}

export function openIntake({ prisma, appended, written }: PageDeps): Intake {
  const untilAppended = untilAppendedWith(prisma, appended);
  const untilWritten = untilWrittenWith(prisma, written);

  async function takeRows(
    target: Target,
    format: RowFormat,
    content: AsyncIterable<Buffer>,
  ): Promise<string | Refusal> {
    if (target.kind === 'hyperbee') return takeEntries(target, format, content);
    const blocks = (schema: unknown) => readBlocks(MEDIA_TYPES[format], content, schema);
    const done = await appendBlocks(prisma, untilAppended, { ...target, blocks });
    if (isRefusal(done)) return done;
    return `${counted(done.blocks, 'row')} in the feed. It holds ${done.length.toLocaleString('en')} now.`;
  }

  async function takeEntries(
    target: Target,
    format: RowFormat,
    content: AsyncIterable<Buffer>,
  ): Promise<string | Refusal> {
    const { keyColumn, blockSchema } = target;
    const options = { format, keyColumn, typesOf: (name: string) => typesIn(blockSchema, name) };
    let entries = 0;
    let number = 0;
    for await (const batch of entryBatches(decoded(content), options)) {
      if ('fault' in batch) return refuse('entry-invalid', batch.fault);
      const changes = () => readEntries(MEDIA_TYPES.ndjson, only(Buffer.from(batch.lines)));
      const batchId = `${target.batchId}-${number++}`;
      const put = await putEntries(prisma, untilAppended, { ...target, batchId, changes });
      if (isRefusal(put)) return put;
      entries += put.entries;
    }
    if (entries === 0) return refuse('entry-invalid', 'There is no row in it.');
    return `${counted(entries, 'row')} in force.`;
  }

  return {
    takeRows,
    async takeFiles(target, files) {
      let count = 0;
      for await (const { name, type, content } of files) {
        // A browser sends a part without a name for a field in which no file was chosen.
        if (!name) {
          content.resume();
          continue;
        }
        count += 1;
        if (target.kind !== 'hyperdrive') {
          const format = formatOf(name) ?? (type === 'text/csv' ? 'csv' : 'ndjson');
          // Awaited here: leaving the loop is the end of the form.
          return await takeRows(target, format, content);
        }
        const path = [target.folder.replace(/^\/+|\/+$/g, ''), name].filter(Boolean).join('/');
        const request = { ...target, path, contentType: type, body: content as Readable };
        const stored = await putFile(prisma, untilWritten, request);
        if (isRefusal(stored)) return stored;
      }
      if (count === 0) return refuse('file-not-found', 'Choose a file first.');
      return `${counted(count, 'file')} in the drive.`;
    },
  };
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun} is` : `${count.toLocaleString('en')} ${noun}s are`;
}

function typesIn(schema: unknown, column: string): string[] {
  const { properties } = (schema ?? {}) as { properties?: Record<string, Record<string, unknown>> };
  return properties && Object.hasOwn(properties, column) ? typesOf(properties[column]!) : [];
}

async function* decoded(content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8');
  for await (const chunk of content) yield utf8.decode(chunk, { stream: true });
  yield utf8.decode();
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
