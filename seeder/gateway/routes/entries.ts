import type { Response, Router } from 'express';
import * as operations from '../../../contract/operations/gateway.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type Authenticate, SENT } from '../../../http/operate.ts';
import { sendProblem } from '../../../http/problem.ts';
import type { GatewayDeps } from '../deps.ts';
import { sendProof } from '../proof-headers.ts';
import { readBlock } from '../read-blocks.ts';
import { type Reading, serve } from '../serve.ts';

// A page is put together in memory.
const PAGE_BYTES = 4 * 1024 * 1024;
const GET = { timeout: 10_000 };

export function entryRoutes(router: Router, deps: GatewayDeps, authenticate: Authenticate): void {
  serve(router, operations.listEntries, deps, authenticate, async (reading) => {
    const { feed, res, count } = reading;
    if (feed.kind !== 'hyperbee') return noEntries(res);
    const { core } = feed;
    const tree = feed.bee.checkout(core.length);
    const page = await pageOf(tree, reading.query);
    await sendProof(res, feed, core, core.length, core.length);
    count(page.entries.length, page.bytes);
    return { entries: page.entries, length: tree.version, more: page.more };
  });

  serve(router, operations.readEntry, deps, authenticate, async (reading) => {
    const { feed, params, res, count } = reading;
    if (feed.kind !== 'hyperbee') return noEntries(res);
    const entry = await feed.bee.get(params.key, GET);
    if (!entry) return refuse('entry-not-found', `There is no entry "${params.key}".`);
    const { seq, key, value } = entry;
    const block = await readBlock(feed.core, seq);
    await sendProof(res, feed, feed.core, seq, seq + 1);
    count(1, block.byteLength);
    return { seq, key, value, block: block.toString('base64') };
  });
}

type Query = Reading<typeof operations.listEntries>['query'];
type Tree = Extract<Reading<typeof operations.listEntries>['feed'], { kind: 'hyperbee' }>['bee'];
type Entry = { seq: number; key: string; value: unknown };

async function pageOf(tree: Tree, { gt, gte, lt, lte, limit, reverse }: Query) {
  const range = {
    ...(gt !== undefined && { gt }),
    ...(gte !== undefined && { gte }),
    ...(lt !== undefined && { lt }),
    ...(lte !== undefined && { lte }),
  };
  const entries: Entry[] = [];
  let bytes = 0;
  const stream = tree.createReadStream(range, { ...GET, limit: limit + 1, reverse });
  for await (const { seq, key, value } of stream) {
    bytes += key.length + (JSON.stringify(value)?.length ?? 0);
    if (entries.length === limit || (entries.length > 0 && bytes > PAGE_BYTES)) {
      return { entries, bytes, more: true };
    }
    entries.push({ seq, key, value });
  }
  return { entries, bytes, more: false };
}

function noEntries(res: Response): typeof SENT {
  sendProblem(res, 404, 'not-found', 'The feed is no Hyperbee: it has no entries.');
  return SENT;
}
