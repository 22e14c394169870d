import type { Router } from 'express';
import type Hypercore from 'hypercore';
import { tailFeed } from '../../../contract/operations/gateway.ts';
import { type Authenticate, SENT } from '../../../http/operate.ts';
import { proveRange } from '../../../protocol/range-proof.ts';
import type { Feed } from '../../feeds.ts';
import { onAppend } from '../appends.ts';
import { lineOf } from '../block-format.ts';
import { coreOf, lengthHere, sendNoCore, startOf } from '../cores.ts';
import type { GatewayDeps } from '../deps.ts';
import { Outflow } from '../outflow.ts';
import { readBlocks } from '../read-blocks.ts';
import { type Reading, serve } from '../serve.ts';

const RETRY_MS = 1_000;
const HEARTBEAT_MS = 15_000;
// A copied core says nothing when a block that it knew of has come.
const COPY_POLL_MS = 250;

export function tailRoutes(router: Router, deps: GatewayDeps, authenticate: Authenticate): void {
  serve(router, tailFeed, deps, authenticate, async (reading) => {
    const { feed, query, headers, req, res, visit } = reading;
    const core = coreOf(feed, query.core);
    if (!core) return sendNoCore(res, feed, query.core);
    const here = lengthHere(core);
    const last = headers['last-event-id'];
    const wanted = last === undefined ? (query.start ?? here) : last + 1;
    const from = startOf(wanted, visit.fromBlock, here);
    if (typeof from === 'object') return from;
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      'Dazaar-Core-Key': core.key.toString('hex'),
      Trailer: 'Dazaar-End',
    });
    const outflow = new Outflow(res, visit);
    if (req.method !== 'HEAD') {
      // An Autobase has another view when indexers join or go, of which the head of this answer does not say the key.
      const isCurrent = () => coreOf(deps.feeds.feed(feed.id) ?? feed, query.core) === core;
      const followed = follow(reading, core, from, outflow, isCurrent);
      await followed.catch((error) => {
        deps.log.warn({ err: error, feedId: feed.id }, 'a tail broke');
        visit.cut('unavailable');
      });
      // The last event is about the end of access, so it comes after it.
      res.write(`event: end\ndata: ${JSON.stringify({ reason: outflow.reason })}\n\n`);
    }
    outflow.end();
    return SENT;
  });
}

async function follow(
  { feed, query, visit, count }: Reading<typeof tailFeed>,
  core: Hypercore,
  from: number,
  outflow: Outflow,
  isCurrent: () => boolean,
): Promise<void> {
  await outflow.write(`retry: ${RETRY_MS}\n\n`);
  for (let at = from; outflow.isOpen; ) {
    const here = lengthHere(core);
    for await (const blocks of readBlocks(core, Math.min(at, here), here)) {
      const end = at + blocks.length;
      const proof = feed.seal ? null : await proveRange(core, at, end);
      if (!outflow.isOpen) return;
      const events = blocks.map((block, i) => blockEvent(at + i, block, query.encoding));
      await outflow.write(events.join('') + proofEvent(at, end, proof));
      count(
        blocks.length,
        blocks.reduce((sum, block) => sum + block.byteLength, 0),
      );
      at = end;
    }
    if (lengthHere(core) > at) continue;
    if (!isCurrent()) return visit.cut('stopped');
    await idle(feed, core, at, outflow, isCurrent);
  }
}

/** Waits for a block, with a sign of life whenever it takes long. */
async function idle(
  feed: Feed,
  core: Hypercore,
  at: number,
  outflow: Outflow,
  isCurrent: () => boolean,
): Promise<void> {
  const beatAtMs = performance.now() + HEARTBEAT_MS;
  const pauseMs = feed.isWriter ? HEARTBEAT_MS : COPY_POLL_MS;
  const isIdle = () => outflow.isOpen && isCurrent() && lengthHere(core) <= at;
  while (isIdle() && performance.now() < beatAtMs) {
    await outflow.pause(pauseMs, (wake) => onAppend(core, wake));
  }
  if (performance.now() >= beatAtMs) await outflow.write(': still here\n\n');
}

// What is signed of a sealed feed are the sealed blocks: those that are sent have no proof.
function proofEvent(start: number, end: number, proof: Buffer | null): string {
  if (!proof) return '';
  const data = JSON.stringify({ start, end, proof: proof.toString('base64url') });
  return `event: proof\ndata: ${data}\n\n`;
}

function blockEvent(index: number, block: Buffer, encoding: 'json' | 'base64'): string {
  const data = encoding === 'base64' ? block.toString('base64') : lineOf(block).toString();
  return `id: ${index}\nevent: block\ndata: ${data}\n\n`;
}
