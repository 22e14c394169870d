import { createHash } from 'node:crypto';
import type { Request, Response, Router } from 'express';
import type { BlobId } from 'hyperdrive';
import * as operations from '../../../contract/operations/gateway.ts';
import { type Refusal, refuse } from '../../../domain/refusal.ts';
import { type Authenticate, SENT } from '../../../http/operate.ts';
import { sendProblem } from '../../../http/problem.ts';
import type { Feed } from '../../feeds.ts';
import type { GatewayDeps } from '../deps.ts';
import { Outflow } from '../outflow.ts';
import { sendProof } from '../proof-headers.ts';
import { type Reading, serve } from '../serve.ts';

type FileReading = Reading<typeof operations.readFile>;
type Drive = Extract<Feed, { kind: 'hyperdrive' }>;

/** A range of a file's bytes; `end` is not included. */
interface ByteRange {
  start: number;
  end: number;
}

const GET = { timeout: 10_000 };
const MEDIA_TYPE = 'application/octet-stream';

export function fileRoutes(router: Router, deps: GatewayDeps, authenticate: Authenticate): void {
  serve(router, operations.listFiles, deps, authenticate, async ({ feed, query, res, count }) => {
    if (feed.kind !== 'hyperdrive') return noFiles(res);
    const page = await pageOf(feed, query);
    await sendProof(res, feed, feed.core, feed.core.length, feed.core.length);
    count(page.files.length, 0);
    return page;
  });

  serve(router, operations.readFile, deps, authenticate, async (reading) => {
    const { feed, params } = reading;
    if (feed.kind !== 'hyperdrive') return noFiles(reading.res);
    const entry = await feed.drive.entry(`/${params.path}`, GET);
    const blob = entry?.value.blob;
    if (!blob) return refuse('file-not-found', `There is no file "/${params.path}".`);
    return sendFile(reading, feed, blob);
  });
}

async function pageOf({ drive }: Drive, { prefix, after, limit }: ListQuery) {
  const files: { path: string; byteLength: number; seq: number }[] = [];
  for await (const { key, seq, value } of drive.entries(rangeIn(prefix, after))) {
    if (!value.blob) continue;
    if (files.length === limit) return { files, more: true };
    files.push({ path: key, byteLength: value.blob.byteLength, seq });
  }
  return { files, more: false };
}

/** The paths in a folder, behind one of them. */
function rangeIn(prefix: string, after = ''): { gt: string; lt: string } {
  const folder = prefix.split('/').filter(Boolean);
  const gt = ['', ...folder, ''].join('/');
  return { gt: after > gt ? after : gt, lt: `${gt.slice(0, -1)}0` }; // 0 comes behind /
}

type ListQuery = Reading<typeof operations.listFiles>['query'];

async function sendFile(
  { req, res, visit, count, headers }: FileReading,
  feed: Drive,
  blob: BlobId,
): Promise<Refusal | typeof SENT> {
  const etag = etagOf(feed, blob);
  const { blockOffset, blockLength, byteLength } = blob;
  res.setHeader('ETag', etag);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Dazaar-Blob', `${blockOffset}-${blockOffset + blockLength}`);
  if (headers['if-none-match'] !== undefined && req.fresh) {
    res.status(304).end();
    return SENT;
  }
  const range = rangeOf(req, headers['if-range'], etag, byteLength);
  if (range === 'none') {
    res.setHeader('Content-Range', `bytes */${byteLength}`);
    return refuse('range-not-satisfiable', `The file has ${byteLength} bytes.`);
  }
  const { start, end } = range ?? { start: 0, end: byteLength };
  if (range) res.setHeader('Content-Range', `bytes ${start}-${end - 1}/${byteLength}`);
  const isTrailed = /\btrailers\b/i.test(req.get('TE') ?? '') && req.method !== 'HEAD';
  res.writeHead(range ? 206 : 200, {
    'Content-Type': MEDIA_TYPE,
    ...(isTrailed ? { Trailer: 'Dazaar-End' } : { 'Content-Length': end - start }),
  });
  const outflow = new Outflow(res, visit);
  if (req.method !== 'HEAD') await pour(feed, blob, { start, end }, outflow, count);
  return SENT;
}

async function pour(
  { drive }: Drive,
  blob: BlobId,
  { start, end }: ByteRange,
  outflow: Outflow,
  count: FileReading['count'],
): Promise<void> {
  if (start === end) return outflow.end();
  const blobs = await drive.getBlobs();
  try {
    for await (const chunk of blobs.createReadStream(blob, {
      ...GET,
      start,
      length: end - start,
    })) {
      if (!outflow.isOpen) break;
      await outflow.write(chunk);
      count(1, chunk.byteLength);
    }
    outflow.end();
  } catch {
    outflow.end('unavailable');
  }
}

/** null: all of the file. */
function rangeOf(
  req: Request,
  ifRange: string | undefined,
  etag: string,
  byteLength: number,
): ByteRange | 'none' | null {
  if (ifRange !== undefined && ifRange !== etag) return null;
  const ranges = req.range(byteLength);
  if (ranges === -1) return 'none';
  if (!Array.isArray(ranges) || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  const [{ start, end }] = ranges as unknown as [ByteRange];
  return { start, end: end + 1 };
}

// A blob's place in its core is written once, so it names the bytes.
function etagOf({ blobs }: Drive, { byteOffset, byteLength }: BlobId): string {
  const name = `${blobs.key.toString('hex')} ${blobs.fork} ${byteOffset} ${byteLength}`;
  return `"${createHash('sha256').update(name).digest('base64url').slice(0, 22)}"`;
}

function noFiles(res: Response): typeof SENT {
  sendProblem(res, 404, 'not-found', 'The feed is no Hyperdrive: it has no files.');
  return SENT;
}
