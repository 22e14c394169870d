import type Hypercore from 'hypercore';
import type { Logger } from 'pino';
import type { PrismaClient } from '../prisma/client/client.ts';
import type { Feed, Feeds } from './feeds.ts';
import { type PreviewItem, type PreviewSetting, shownCore, takePreview } from './preview.ts';

const WRITE_EVERY_MS = 1_000;

interface Written {
  /** The setting, how long the feed was, and what of it could be opened. */
  of: string;
  atMs: number;
}

/** Keeps in Postgres what sellers show of their feeds, as feeds and settings change; a feed once a second at most. */
export class Previews {
  readonly #prisma: PrismaClient;
  readonly #feeds: Feeds;
  readonly #log: Logger;
  readonly #written = new Map<string, Written>();
  #settings = new Map<string, PreviewSetting>();

  constructor(prisma: PrismaClient, feeds: Feeds, log: Logger) {
    this.#prisma = prisma;
    this.#feeds = feeds;
    this.#log = log;
  }

  /** Writes the previews that are not of the feed as it is now. */
  async step(): Promise<void> {
    for (const [feedId, setting] of this.#settings) {
      const feed = this.#feeds.feed(feedId);
      const core = feed && shownCore(feed);
      if (core && core.contiguousLength > 0) await this.#keep(feed, core, setting);
    }
  }

  /** Learns how much of each feed its seller shows, and takes back what he shows no more. */
  async readSettings(): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE feeds AS f SET preview = NULL, preview_at = NULL
      FROM listings AS l
      WHERE l.id = f.listing_id AND l.preview_blocks = 0 AND f.preview_at IS NOT NULL`;
    const rows = await this.#prisma.listing.findMany({
      where: { previewBlocks: { gt: 0 } },
      select: { previewFrom: true, previewBlocks: true, feed: { select: { id: true } } },
    });
    this.#settings = new Map(
      rows.map((row) => [row.feed!.id, { from: row.previewFrom, count: row.previewBlocks }]),
    );
    for (const feedId of this.#written.keys()) {
      if (!this.#settings.has(feedId)) this.#written.delete(feedId);
    }
  }

  async #keep(feed: Feed, core: Hypercore, setting: PreviewSetting): Promise<void> {
    const { from, count } = setting;
    const of = `${from} ${count} ${core.id} ${core.contiguousLength} ${feed.seal?.version}`;
    const written = this.#written.get(feed.id);
    const atMs = performance.now();
    if (written && (written.of === of || atMs - written.atMs < WRITE_EVERY_MS)) return;
    const items = await this.#take(feed, setting);
    if (items) {
      await this.#write(feed.id, core, JSON.stringify({ items }));
    }
    this.#written.set(feed.id, { of, atMs });
  }

  // Of seeders that copy the same feed, the one that is ahead has the last word.
  async #write(id: string, core: Hypercore, preview: string): Promise<void> {
    await this.#prisma.$executeRaw`
      UPDATE feeds SET preview = ${preview}::jsonb, preview_at = now()
      WHERE id = ${id}::uuid AND preview IS DISTINCT FROM ${preview}::jsonb AND NOT EXISTS (
        SELECT 1 FROM feed_cores c WHERE c.key = ${Uint8Array.from(core.key)} AND c.length > ${core.contiguousLength})`;
  }

  // A feed that cannot be read does not keep the others waiting; it is tried again when it has changed.
  async #take(feed: Feed, setting: PreviewSetting): Promise<PreviewItem[] | null> {
    try {
      return await takePreview(feed, setting);
    } catch (error) {
      this.#log.warn({ feedId: feed.id, err: error }, 'a preview of this feed cannot be taken');
      return null;
    }
  }
}
