import type Hypercore from 'hypercore';
import type { Logger } from 'pino';
import type { PrismaClient } from '../prisma/client/client.ts';
import { decodeBlocks } from '../protocol/block-batch.ts';
import { type Batch, planAppend } from './append-plan.ts';
import type { Feeds } from './feeds.ts';

const BATCHES_PER_READ = 1_000;
const BYTES_PER_APPEND = 16 * 1024 * 1024;

/**
 * Appends sellers' batches to the writers. Where a batch will stand is committed before it is appended, and an append is
 * one atomic write: so after a crash the core's length alone tells which batches stand in it.
 */
export class Ingest {
  readonly #prisma: PrismaClient;
  readonly #feeds: Feeds;
  readonly #log: Logger;
  readonly #stopped = new Set<string>();

  constructor(prisma: PrismaClient, feeds: Feeds, log: Logger) {
    this.#prisma = prisma;
    this.#feeds = feeds;
    this.#log = log;
  }

  /** Appends every pending batch of the feeds held here, in the order of their numbers a feed. */
  async step(): Promise<void> {
    for (;;) {
      const pending = await this.#pending();
      if (pending.size === 0) return;
      for (const [feedId, batches] of pending) await this.#ingest(feedId, batches);
    }
  }

  async #pending(): Promise<Map<string, Batch[]>> {
    const feedIds = this.#feeds.idsOf('hosted').filter((id) => !this.#stopped.has(id));
    const rows = await this.#prisma.$queryRaw<(Batch & { feedId: string })[]>`
      SELECT feed_id::text AS "feedId", seq, blocks, first_index AS "firstIndex",
             octet_length(payload) AS "payloadBytes"
      FROM append_batches
      WHERE appended_at IS NULL AND feed_id = ANY(${feedIds}::uuid[])
      ORDER BY first_index IS NULL, seq LIMIT ${BATCHES_PER_READ}`;
    return Map.groupBy(rows, (row) => row.feedId);
  }

  async #ingest(feedId: string, batches: readonly Batch[]): Promise<void> {
    const { core } = this.#feeds.feed(feedId)!;
    const where = { key: Uint8Array.from(core.key) };
    const recorded = await this.#prisma.feedCore.findUniqueOrThrow({ where });
    const plan = planAppend(batches, core.length, Number(recorded.length), BYTES_PER_APPEND);
    if (plan.kind === 'fault') return this.#stop(feedId, plan.why);
    await this.#finish(core, plan.done);
    if (plan.append.length === 0) return;
    const blocks = await this.#read(feedId, plan.append);
    if (!blocks) return;
    await this.#claim(plan.append);
    await core.append(blocks);
    await this.#finish(core, plan.append);
  }

  async #read(feedId: string, batches: readonly Batch[]): Promise<Uint8Array[] | null> {
    const rows = await this.#prisma.appendBatch.findMany({
      where: { seq: { in: batches.map((batch) => batch.seq) } },
      select: { seq: true, payload: true },
    });
    const payloads = new Map(rows.map((row) => [row.seq, row.payload]));
    const blocks: Uint8Array[] = [];
    for (const { seq, blocks: expected } of batches) {
      const decoded = decodeOrNull(payloads.get(seq));
      if (decoded?.length !== expected) {
        this.#stop(feedId, `batch ${seq} does not hold its ${expected} blocks`);
        return null;
      }
      for (const block of decoded) blocks.push(block);
    }
    return blocks;
  }

  async #claim(batches: readonly Batch[]): Promise<void> {
    const seqs = batches.map((batch) => batch.seq);
    const indexes = batches.map((batch) => batch.firstIndex);
    await this.#prisma.$executeRaw`
      UPDATE append_batches AS b SET first_index = c.first_index
      FROM unnest(${seqs}::int8[], ${indexes}::int8[]) AS c (seq, first_index)
      WHERE b.seq = c.seq AND b.first_index IS DISTINCT FROM c.first_index`;
  }

  async #finish(core: Hypercore, batches: readonly Batch[]): Promise<void> {
    if (batches.length === 0) return;
    const seqs = batches.map((batch) => batch.seq);
    const key = Uint8Array.from(core.key);
    await this.#prisma.$transaction([
      this.#prisma.$executeRaw`
        UPDATE append_batches SET appended_at = now(), payload = NULL WHERE seq = ANY(${seqs}::int8[])`,
      this.#prisma.$executeRaw`
        UPDATE feed_cores
        SET length = ${core.length}, byte_length = ${core.byteLength}, last_block_at = now()
        WHERE key = ${key}`,
    ]);
  }

  #stop(feedId: string, why: string): void {
    this.#stopped.add(feedId);
    this.#log.error({ feedId, why }, 'appends nothing more to this feed until looked at');
  }
}

function decodeOrNull(payload: Uint8Array | null | undefined): Uint8Array[] | null {
  try {
    return payload ? decodeBlocks(payload) : null;
  } catch {
    return null;
  }
}
