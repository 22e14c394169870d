import type { Router } from 'express';
import { isRefusal } from '../../domain/refusal.ts';
import { nowMs } from '../../flow/clock.ts';
import { blocksPage, PAGE_BLOCKS } from '../../web/pages/shelf/blocks.ts';
import { type Row, timeOf } from '../../web/pages/shelf/columns.ts';
import { goneOf, gonePage, type Owned } from '../../web/pages/shelf/data-page.ts';
import { entriesPage, PAGE_ENTRIES } from '../../web/pages/shelf/entries.ts';
import { filesPage } from '../../web/pages/shelf/files.ts';
import { findBlockAt } from '../find-block-at.ts';
import { type Block, OwnFeed } from '../own-feed.ts';
import { presentItem } from '../present/shelf.ts';
import type { PageDeps } from './deps.ts';
import { GoTo, type PageAnswer, pageRouter, type Visit } from './page-router.ts';
import { findOwn } from './shelf.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** Comes behind any character of a key. */
const LAST = '\u{10ffff}';
const MAX_KEY = 1000;

/** Shows what was bought. */
export function shelfDataPages(deps: PageDeps): Router {
  const pages = pageRouter(deps);

  pages.get('/shelf/:grantId', 'reads', async (visit) => {
    const own = await findOwn(deps, visit, visit.params.grantId);
    if (!own) return null;
    const owned = { item: presentItem(own.grant, []), nowMs: await nowMs(deps.prisma) };
    const gone = goneOf(owned);
    if (gone) return gonePage(owned, gone);
    const feed = new OwnFeed(deps, own.grant, visit.req.ip, goneSignal(visit));
    switch (own.grant.feed.kind) {
      case 'hypercore':
        return showBlocks(owned, feed, visit, own.grant.feed.blockSchema);
      case 'hyperbee':
        return showEntries(owned, feed, visit);
      case 'hyperdrive':
        return showFiles(owned, feed, visit);
      case 'autobase':
        return (await feed.hasEntries())
          ? showEntries(owned, feed, visit)
          : showBlocks(owned, feed, visit, own.grant.feed.blockSchema);
    }
  });

  return pages.router;
}

/** Aborts when the visitor has gone. */
export function goneSignal({ res }: Pick<Visit, 'res'>): AbortSignal {
  const gone = new AbortController();
  if (res.closed) gone.abort();
  res.once('close', () => gone.abort());
  return gone.signal;
}

async function showBlocks(
  owned: Owned,
  feed: OwnFeed,
  { query }: Visit,
  schema: unknown,
): Promise<PageAnswer> {
  let fault: string | null = null;
  if (query.at) {
    const found = await jumpTo(feed, query.at, schema, owned.item.grant.fromBlock);
    if (typeof found === 'number') return new GoTo(`/shelf/${owned.item.grant.id}?start=${found}`);
    if (typeof found === 'object') return gonePage(owned, found.trouble);
    fault = found;
  }
  const { fromBlock } = owned.item.grant;
  const start = /^\d{1,15}$/.test(query.start ?? '')
    ? Math.max(Number(query.start), fromBlock)
    : -PAGE_BLOCKS;
  const page = await feed.blocks(start, PAGE_BLOCKS);
  if ('trouble' in page) return gonePage(owned, page.trouble);
  // Beyond the end there is nothing to see but the end.
  if (page.blocks.length === 0 && page.length > fromBlock)
    return new GoTo(`/shelf/${owned.item.grant.id}`);
  const rows = page.blocks.map(rowOf);
  return blocksPage({ ...owned, rows, length: page.length, schema, fault });
}

async function jumpTo(feed: OwnFeed, at: string, schema: unknown, fromBlock: number) {
  const atMs = timeOf(at);
  if (atMs === null) return 'Say the time as 2026-11-22T18:00.';
  const read = async (index: number) => {
    const page = await feed.blocks(index, 1);
    if ('trouble' in page) return page;
    return { rows: page.blocks.map(rowOf), length: page.length };
  };
  const found = await findBlockAt(read, atMs, schema, fromBlock);
  if (!isRefusal(found)) return 'trouble' in found ? found : found.index;
  return found.detail;
}

/** A block as a row of a table. */
export function rowOf({ index, byteLength, bytes }: Block): Row {
  return { index, byteLength, value: bytes ? jsonOf(bytes) : undefined };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch {
    return undefined;
  }
}

async function showEntries(owned: Owned, feed: OwnFeed, { query }: Visit): Promise<PageAnswer> {
  const prefix = (query.q ?? '').slice(0, MAX_KEY);
  const after = (query.after ?? '').slice(0, MAX_KEY);
  const range = new URLSearchParams({ limit: String(PAGE_ENTRIES) });
  if (prefix !== '') range.set('lt', prefix + LAST);
  if (after !== '') range.set('gt', after);
  else if (prefix !== '') range.set('gte', prefix);
  const page = await feed.entries(range);
  if ('trouble' in page) return gonePage(owned, page.trouble);
  return entriesPage({ ...owned, ...page, prefix, after });
}

async function showFiles(owned: Owned, feed: OwnFeed, { query }: Visit): Promise<PageAnswer> {
  const names = (query.folder ?? '').slice(0, MAX_KEY).split('/').filter(Boolean);
  const folder = names.length === 0 ? '/' : `/${names.join('/')}/`;
  const page = await feed.folder(folder, (query.after ?? '').slice(0, MAX_KEY));
  if ('trouble' in page) return gonePage(owned, page.trouble);
  return filesPage({ ...owned, ...page, names });
}
