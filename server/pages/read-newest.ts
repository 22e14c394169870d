import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../../web/pages/shelf/columns.ts';
import { OwnFeed } from '../own-feed.ts';
import type { PageDeps } from './deps.ts';
import type { Visit } from './page-router.ts';
import { findOwn } from './shelf.ts';
import { rowOf } from './shelf-data.ts';

const BLOCKS = 3;
/** A page that says "paid" waits no longer for what it shows beside. */
const PATIENCE_MS = 1_000;
// A seeder hears of a grant some milliseconds after it was given.
const RETRY_MS = 100;

/** The newest blocks of a Hypercore on the visitor's shelf; none when they cannot be read at once. */
export async function readNewest(deps: PageDeps, visit: Visit, grantId: string): Promise<Row[]> {
  const own = await findOwn(deps, visit, grantId);
  if (own?.grant.feed.kind !== 'hypercore' || own.grant.state !== 'live') return [];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const feed = new OwnFeed(deps, own.grant, visit.req.ip, signal);
  while (!signal.aborted) {
    const page = await feed.blocks(-BLOCKS, BLOCKS).catch(() => null);
    if (page && 'blocks' in page) return page.blocks.map(rowOf);
    if (page?.trouble !== 'over') return [];
    await sleep(RETRY_MS);
  }
  return [];
}
