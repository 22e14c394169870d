import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Response, Router } from 'express';
import { refuse } from '../../domain/refusal.ts';
import type { ShelfGrant } from '../../flow/read-shelf.ts';
import { endWith } from '../../http/event-stream.ts';
import { handOn, handOnAll } from '../../http/hand-on.ts';
import { addressOf } from '../../http/limits.ts';
import { SENT } from '../../http/operate.ts';
import { sendProblem, sendRefusal } from '../../http/problem.ts';
import { Turnstile } from '../../http/turnstile.ts';
import { isFull, isOver, OwnFeed } from '../own-feed.ts';
import type { PageDeps } from './deps.ts';
import { type EntryFormat, entryLines } from './entry-lines.ts';
import { GoTo, type PageAnswer, pageRouter, type Visit } from './page-router.ts';
import { findOwn } from './shelf.ts';
import { goneSignal } from './shelf-data.ts';

/** Tails and downloads, which last: each holds a connection here and one to a gateway. */
const MAX_STREAMS = { address: 8, all: 96 };
const RETRY_AFTER_SECONDS = 15;
const MEDIA_TYPES = new Map([
  ['csv', 'text/csv'],
  ['ndjson', 'application/x-ndjson'],
  ['blocks', 'application/vnd.dazaar.blocks'],
]);
const FILE_HEADERS = ['range', 'if-range', 'if-none-match'] as const;
const MAX_KEY = 1000;

type Serve = (feed: OwnFeed, grant: ShelfGrant, visit: Visit) => Promise<PageAnswer>;

/** Hands on what was bought as it streams in from the gateway, at the pace of whoever takes it. */
export function shelfStreams(deps: PageDeps): Router {
  const pages = pageRouter(deps);
  const streams = new Turnstile(MAX_STREAMS.address);
  const all = new Turnstile(MAX_STREAMS.all);

  const stream = (path: string, serve: Serve) =>
    pages.get(path, 'reads', async (visit) => {
      const own = await findOwn(deps, visit, visit.params.grantId);
      if (!own) return null;
      const leave = enter(streams, all, addressOf(visit.req));
      if (!leave) return tooMany(visit.res);
      try {
        const feed = new OwnFeed(deps, own.grant, visit.req.ip, goneSignal(visit));
        return await serve(feed, own.grant, visit);
      } finally {
        leave();
      }
    });

  stream('/shelf/:grantId/tail', sendTail(deps));
  stream('/shelf/:grantId/download', async (feed, grant, visit) => {
    const { kind } = grant.feed;
    const isTree = kind === 'hyperbee' || (kind === 'autobase' && (await feed.hasEntries()));
    return isTree ? sendEntries(feed, grant, visit) : sendBlocks(feed, grant, visit);
  });
  stream('/shelf/:grantId/files/*path', sendFile);

  return pages.router;
}

function enter(streams: Turnstile, all: Turnstile, address: string): (() => void) | null {
  const leave = streams.enter(address);
  const leaveAll = leave && all.enter('');
  if (leaveAll) {
    return () => {
      leave();
      leaveAll();
    };
  }
  leave?.();
  return null;
}

function tooMany(res: Response): typeof SENT {
  res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  sendProblem(
    res,
    429,
    'rate-limited',
    'Too many streams and downloads are open from your address.',
  );
  return SENT;
}

const sendTail =
  ({ draining }: PageDeps): Serve =>
  async (feed, _, { req, res, query }) => {
    const { start } = query;
    const last = req.get('Last-Event-ID');
    const answer = await feed.ask(`tail${isCount(start) ? `?start=${start}` : ''}`, {
      ...(isCount(last) && { headers: { 'last-event-id': last } }),
    });
    if (answer?.statusCode !== 200) return refuseStream(res, answer);
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    if (req.method === 'HEAD') {
      answer.destroy();
      res.end();
      return SENT;
    }
    endWith(res, draining.ending);
    await handOnAll(answer, res);
    return SENT;
  };

const sendBlocks: Serve = async (feed, { id, fromBlock, feed: { listing } }, visit) => {
  const { req, res, query } = visit;
  const format = query.format ?? 'ndjson';
  const accept = MEDIA_TYPES.get(format);
  if (!accept) return null;
  const first = Number(fromBlock);
  const start = isCount(query.start) ? Math.max(Number(query.start), first) : first;
  const end = isCount(query.end) ? `&end=${query.end}` : '';
  const answer = await feed.ask(`blocks?start=${start}${end}`, {
    method: req.method === 'HEAD' ? 'HEAD' : 'GET',
    headers: { accept },
  });
  if (isOver(answer)) return goBack(answer, id);
  if (answer?.statusCode !== 200) return refuseStream(res, answer);
  const range = String(answer.headers['dazaar-range'] ?? '');
  attach(res, accept, `${listing.slug}-${range}.${format}`);
  res.setHeader('Dazaar-Range', range);
  await pour(answer, res);
  return SENT;
};

const sendEntries: Serve = async (feed, { id, feed: { listing } }, visit) => {
  const { req, res, query } = visit;
  const format = query.format ?? 'ndjson';
  if (format !== 'ndjson' && format !== 'csv') return null;
  const prefix = (query.q ?? '').slice(0, MAX_KEY);
  const lines = entryLines(feed, prefix, format satisfies EntryFormat);
  const first = await lines.next().catch(() => null);
  if (!first) return new GoTo(`/shelf/${id}`);
  attach(res, MEDIA_TYPES.get(format)!, `${listing.slug}.${format}`);
  if (req.method === 'HEAD') {
    res.end();
    return SENT;
  }
  const body = async function* () {
    if (!first.done) yield first.value;
    yield* lines;
  };
  await handOnAll(Readable.from(body()), res);
  return SENT;
};

const sendFile: Serve = async (feed, { id }, { req, res }) => {
  const path = [req.params.path ?? []].flat();
  // The gateway would be asked for something else than a file.
  if (path.some((name) => name === '.' || name === '..')) return null;
  const headers: Record<string, string> = {};
  for (const name of FILE_HEADERS) {
    const value = req.get(name);
    if (value !== undefined) headers[name] = value;
  }
  const answer = await feed.ask(`files/${path.map(encodeURIComponent).join('/')}`, {
    method: req.method === 'HEAD' ? 'HEAD' : 'GET',
    headers,
  });
  const status = answer?.statusCode ?? 503;
  if (isOver(answer)) return goBack(answer, id);
  if (answer && status === 404) {
    answer.destroy();
    return null;
  }
  if (!answer || ![200, 206, 304, 416].includes(status)) return refuseStream(res, answer);
  res.status(status);
  for (const name of ['accept-ranges', 'content-length', 'content-range', 'etag']) {
    const value = answer.headers[name];
    if (value !== undefined && !(status === 416 && name === 'content-length')) {
      res.setHeader(name, value);
    }
  }
  attach(res, 'application/octet-stream', path.at(-1) ?? 'file');
  if (status === 416) {
    answer.destroy();
    res.end();
  } else await pour(answer, res);
  return SENT;
};

/** Pours a body out, and ends it only if it came to its own end: what was cut stays visibly broken. */
async function pour(answer: IncomingMessage, res: Response): Promise<void> {
  try {
    await handOn(answer, res);
    const end = answer.trailers['dazaar-end'];
    if (answer.complete && (end === undefined || end === 'complete')) res.end();
    else res.destroy();
  } catch {
    res.destroy();
  }
}

function attach(res: Response, type: string, name: string): void {
  res.attachment(name);
  res.setHeader('Content-Type', type);
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
}

/** To the page, which says how it stands. */
function goBack(answer: IncomingMessage | null, grantId: string): GoTo {
  answer?.destroy();
  return new GoTo(`/shelf/${grantId}`);
}

function refuseStream(res: Response, answer: IncomingMessage | null): typeof SENT {
  answer?.destroy();
  if (isOver(answer)) sendProblem(res, 402, 'payment-required', 'Your access has ended.');
  else if (answer?.statusCode === 406) {
    const detail = 'These blocks cannot be written in this format: take them as they are.';
    sendProblem(res, 406, 'not-acceptable', detail);
  } else if (isFull(answer)) {
    res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    const detail = 'Other machines of yours read this data, as many as your plan serves at once.';
    sendRefusal(res, refuse('too-many-connections', detail));
  } else sendProblem(res, 503, 'unavailable', 'No seeder answers with this data. Try again.');
  return SENT;
}

function isCount(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,15}$/.test(text);
}
