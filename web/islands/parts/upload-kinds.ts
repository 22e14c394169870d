import { sha256 } from '@noble/hashes/sha2.js';
import { entryBatches } from '../../parts/entry-batches.ts';
import { formatOf, formatOfText, MEDIA_TYPES, type RowFormat } from '../../parts/upload-type.ts';
import type { Progress } from './progress.ts';
import { type Sent, send } from './send.ts';

const HEAD_BYTES = 4096;
const BATCH_DIGITS = 40;
const UNTYPED = 'application/octet-stream';

export interface Upload {
  form: HTMLFormElement;
  kind: string;
  schema: { properties?: Record<string, { type?: string | string[] }> };
  files: File[];
  progress: Progress;
  signal: AbortSignal;
}

export type Outcome = Exclude<Sent, { is: 'done' }> | { is: 'done'; text: string };

/** Sends what was chosen, as its feed takes it. */
export function upload(what: Upload): Promise<Outcome> {
  if (what.kind === 'hyperdrive') return sendFiles(what);
  return what.kind === 'hyperbee' ? sendEntries(what) : sendBlocks(what);
}

async function sendBlocks({ form, files, progress, signal }: Upload): Promise<Outcome> {
  const file = files[0]!;
  const type = MEDIA_TYPES[await rowsOf(file)];
  progress.prepare('Looking at the file…');
  const name = await contentName(file);
  const url = `/v1/seller/listings/${form.dataset.slug}/blocks?batchId=${name}`;
  const before = lengthShown();
  const tell = (sent: number) => progress.move(sent, file.size);
  const sent = await send({ method: 'POST', url, type, body: file, progress: tell, signal });
  if (sent.is !== 'done') return sent;
  const { blocks, firstIndex, length } = sent.body as Record<string, number>;
  const rows = thereAre(blocks!, 'row');
  const text =
    firstIndex! < before
      ? `${rows} in the feed. Some or all were there before, and nothing was appended twice.`
      : `${rows} in the feed. It holds ${length!.toLocaleString('en')} now.`;
  return { is: 'done', text };
}

async function sendEntries(what: Upload): Promise<Outcome> {
  const { form, files, schema, progress, signal } = what;
  const file = files[0]!;
  const format = await rowsOf(file);
  progress.prepare('Looking at the file…');
  const keyColumn = new FormData(form).get('keyColumn') as string;
  const name = await contentName(file, keyColumn);
  const typesOf = (column: string) => [schema.properties?.[column]?.type ?? []].flat();
  let read = 0;
  let entries = 0;
  let number = 0;
  const text = textOf(file, (bytes) => {
    read = bytes;
  });
  for await (const batch of entryBatches(text, { format, keyColumn, typesOf })) {
    if ('fault' in batch) return { is: 'refused', detail: batch.fault };
    const url = `/v1/seller/listings/${form.dataset.slug}/entries?batchId=${name}-${number++}`;
    const type = MEDIA_TYPES.ndjson;
    const tell = () => progress.move(read, file.size);
    const sent = await send({
      method: 'POST',
      url,
      type,
      body: batch.lines,
      progress: tell,
      signal,
    });
    if (sent.is !== 'done') return sent;
    entries += batch.entries;
  }
  if (entries === 0) return { is: 'refused', detail: 'There is no row in this file.' };
  return { is: 'done', text: `${thereAre(entries, 'row')} in force.` };
}

async function sendFiles({ form, files, progress, signal }: Upload): Promise<Outcome> {
  const folder = String(new FormData(form).get('folder') ?? '').replace(/^\/+|\/+$/g, '');
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of files) {
    const path = [folder, file.webkitRelativePath || file.name].filter(Boolean).join('/');
    const at = path.split('/').map(encodeURIComponent).join('/');
    const url = `/v1/seller/listings/${form.dataset.slug}/files/${at}`;
    const tell = (sent: number) => progress.move(before + Math.min(sent, file.size), total);
    const type = file.type || UNTYPED;
    const sent = await send({ method: 'PUT', url, type, body: file, progress: tell, signal });
    if (sent.is === 'refused') return { is: 'refused', detail: `${path}: ${sent.detail}` };
    if (sent.is !== 'done') return sent;
    before += file.size;
  }
  return { is: 'done', text: `${thereAre(files.length, 'file')} in the drive.` };
}

async function rowsOf(file: File): Promise<RowFormat> {
  return formatOf(file.name) ?? formatOfText(await file.slice(0, HEAD_BYTES).text());
}

/** A name for the batch that the same content always has: sent again, it goes on where it stopped. */
async function contentName(file: File, more = ''): Promise<string> {
  const hash = sha256.create();
  for await (const piece of piecesOf(file)) hash.update(piece);
  hash.update(new TextEncoder().encode(more));
  const digits = [...hash.digest()].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `file-${digits.slice(0, BATCH_DIGITS)}`;
}

// Not every browser iterates streams by itself yet.
async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

async function* textOf(file: File, read: (bytes: number) => void): AsyncGenerator<string> {
  const utf8 = new TextDecoder();
  let bytes = 0;
  for await (const piece of piecesOf(file)) {
    bytes += piece.length;
    read(bytes);
    yield utf8.decode(piece, { stream: true });
  }
  yield utf8.decode();
}

function lengthShown(): number {
  return Number(document.querySelector<HTMLElement>('[data-length]')?.dataset.length ?? 0);
}

function thereAre(count: number, noun: string): string {
  return count === 1 ? `1 ${noun} is` : `${count.toLocaleString('en')} ${noun}s are`;
}
