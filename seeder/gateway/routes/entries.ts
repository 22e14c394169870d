import type { Response, Router } from 'express';
import type Hyperbee from 'hyperbee';
import * as operations from '../../../contract/operations/gateway.ts';
import { type Refusal, refuse } from '../../../domain/refusal.ts';
import { type Authenticate, SENT } from '../../../http/operate.ts';
import { sendProblem } from '../../../http/problem.ts';
import type { Feed } from '../../feeds.ts';
import { treeOf } from '../../view-tree.ts';
import { coreOf, sendNoCore } from '../cores.ts';
import type { GatewayDeps } from '../deps.ts';
import { sendProof } from '../proof-headers.ts';
import { readBlock } from '../read-blocks.ts';
import { type Reading, serve } from '../serve.ts';

// A page is put together in memory.
const PAGE_BYTES = 4 * 1024 * 1024;
const GET = { timeout: 10_000 };

export function entryRoutes(router: Router, deps: GatewayDeps, authenticate: Authenticate): void {
  serve(router, operations.listEntries, deps, authenticate, async (reading) => {
    const { feed, query, res, count } = reading;
    return read(feed, res, async (tree) => {
      const page = await pageOf(tree, query);
      await sendProof(res, feed, tree.core, tree.version, tree.version);
      count(page.entries.length, page.bytes);
      return { entries: page.entries, length: tree.version, more: page.more };
    });
  });

  serve(router, operations.readEntry, deps, authenticate, async (reading) => {
    const { feed, params, res, count } = reading;
    return read(feed, res, async (tree) => {
      const entry = await tree.get(params.key, GET);
      if (!entry) return refuse('entry-not-found', `There is no entry "${params.key}".`);
      const { seq, key, value } = entry;
      const block = await readBlock(tree.core, seq);
      await sendProof(res, feed, tree.core, seq, seq + 1);
      count(1, block.byteLength);
      return { seq, key, value, block: block.toString('base64') };
    });
  });
}

/** Reads the tree of a Hyperbee, or of an Autobase whose view is one, as it is now. */
async function read(
  feed: Feed,
  res: Response,
  from: (tree: Hyperbee) => Promise<Refusal | object>,
): Promise<Refusal | object | typeof SENT> {
  const core = feed.kind === 'autobase' ? coreOf(feed) : feed.core;
  if (!core) return sendNoCore(res, feed);
  const bee =
    feed.kind === 'hyperbee' ? feed.bee : feed.kind === 'autobase' && (await treeOf(core));
  if (!bee) {
    sendProblem(res, 404, 'not-found', 'The feed is no Hyperbee: it has no entries.');
    return SENT;
  }
  const tree = bee.checkout(core.length, { valueEncoding: 'json' });
  try {
    return await from(tree);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // A seller's own machine may have written anything.
    return refuse('not-acceptable', 'A value here is no JSON: read it from peer to peer.');
  } finally {
    await tree.close();
  }
}

type Query = Reading<typeof operations.listEntries>['query'];
type Entry = { seq: number; key: string; value: unknown };

async function pageOf(tree: Hyperbee, { gt, gte, lt, lte, limit, reverse }: Query) {
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
