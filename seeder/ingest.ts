import type Hypercore from 'hypercore';
import type { Logger } from 'pino';
import type { PrismaClient } from '../prisma/client/client.ts';
import { MalformedBatch } from '../protocol/block-batch.ts';
import { type AppendPlan, type Batch, planAppend } from './append-plan.ts';
import type { Feed, Feeds } from './feeds.ts';
import { type PreparedAppend, prepareBlocks, prepareEntries } from './prepare-append.ts';
import { recordLengths } from './record-lengths.ts';
import type { Refill } from './refill.ts';

const BATCHES_PER_READ = 1_000;
const BYTES_PER_APPEND = 16 * 1024 * 1024;

type Appendable = Extract<Feed, { kind: 'hypercore' | 'hyperbee' }>;

/**
 * Appends sellers' batches to the writers. Where a batch will stand is committed before it is appended, and an append is
 * one atomic write: so after a crash the core's length alone tells which batches stand in it.
 */
export class Ingest {
  readonly #prisma: PrismaClient;
  readonly #feeds: Feeds;
  readonly #refill: Pick<Refill, 'isWhole'>;
  readonly #log: Logger;
  readonly #stopped = new Set<string>();

  constructor(prisma: PrismaClient, feeds: Feeds, refill: Pick<Refill, 'isWhole'>, log: Logger) {
    this.#prisma = prisma;
    this.#feeds = feeds;
    this.#refill = refill;
    this.#log = log;
  }

  /** Appends every pending batch of the feeds written here, in the order of their numbers a feed. */
  async step(): Promise<void> {
    const waiting = new Set<string>();
    for (;;) {
      const pending = await this.#pending(waiting);
      if (pending.size === 0) return;
      for (const [feedId, batches] of pending) {
        const feed = this.#feeds.feed(feedId)!;
        if (feed.kind === 'hyperdrive' || feed.kind === 'autobase')
          this.#stop(feedId, `a feed of kind ${feed.kind} takes no batches`);
        else if (!(await this.#ingest(feed, batches))) waiting.add(feedId);
      }
    }
  }

  async #pending(waiting: ReadonlySet<string>): Promise<Map<string, Batch[]>> {
    const isOpen = (id: string) => !this.#stopped.has(id) && !waiting.has(id);
    const feedIds = this.#feeds.written.filter(isOpen);
    const rows = await this.#prisma.$queryRaw<(Batch & { feedId: string })[]>`
      SELECT feed_id::text AS "feedId", seq, blocks, first_index AS "firstIndex", end_index AS "endIndex",
             octet_length(payload) AS "payloadBytes"
      FROM append_batches
      WHERE appended_at IS NULL AND feed_id = ANY(${feedIds}::uuid[])
      ORDER BY first_index IS NULL, seq LIMIT ${BATCHES_PER_READ}`;
    return Map.groupBy(rows, (row) => row.feedId);
  }

  /** Appends what can be appended now; false when the core has to be made whole first. */
  async #ingest(feed: Appendable, batches: readonly Batch[]): Promise<boolean> {
    const { core } = feed;
    const where = { key: Uint8Array.from(core.key) };
    const recorded = Number((await this.#prisma.feedCore.findUniqueOrThrow({ where })).length);
    if (!this.#refill.isWhole(feed.id, core, recorded)) return false;
    const plan = planAppend(batches, core.length, recorded, BYTES_PER_APPEND);
    if (plan.kind === 'fault') this.#stop(feed.id, plan.why);
    else await this.#carryOut(feed, plan);
    return true;
  }

  async #carryOut(feed: Appendable, plan: Extract<AppendPlan, { kind: 'plan' }>): Promise<void> {
    const { core } = feed;
    await this.#finish(core, plan.done);
    if (plan.append.length === 0) return;
    const prepared = await this.#prepare(feed, plan.append);
    if (!prepared) return;
    try {
      await this.#claim(placesOf(plan.append, prepared));
    } catch (error) {
      await prepared.abandon();
      throw error;
    }
    await prepared.commit();
    await this.#finish(core, plan.append);
  }

  async #prepare(feed: Appendable, batches: readonly Batch[]): Promise<PreparedAppend | null> {
    const prepared = await prepareOrNull(feed, await this.#payloads(batches));
    if (prepared && fits(placesOf(batches, prepared), batches)) return prepared;
    await prepared?.abandon();
    this.#stop(feed.id, `batch ${batches[0]!.seq} or one behind it is not what was decided on`);
    return null;
  }

  async #payloads(batches: readonly Batch[]): Promise<Uint8Array[]> {
    const rows = await this.#prisma.appendBatch.findMany({
      where: { seq: { in: batches.map(({ seq }) => seq) } },
      select: { seq: true, payload: true },
    });
    const payloads = new Map(rows.map((row) => [row.seq, row.payload]));
    return batches.map(({ seq }) => payloads.get(seq) ?? new Uint8Array());
  }

  async #claim(places: readonly Place[]): Promise<void> {
    const seqs = places.map(({ seq }) => seq);
    const firsts = places.map(({ firstIndex }) => firstIndex);
    const ends = places.map(({ endIndex }) => endIndex);
    await this.#prisma.$executeRaw`
      UPDATE append_batches AS b SET first_index = c.first_index, end_index = c.end_index
      FROM unnest(${seqs}::int8[], ${firsts}::int8[], ${ends}::int8[]) AS c (seq, first_index, end_index)
      WHERE b.seq = c.seq AND b.first_index IS NULL`;
  }

  async #finish(core: Hypercore, batches: readonly Batch[]): Promise<void> {
    if (batches.length === 0) return;
    const seqs = batches.map((batch) => batch.seq);
    const { length, byteLength } = core;
    await this.#prisma.$transaction([
      this.#prisma.$executeRaw`
        UPDATE append_batches SET appended_at = now(), payload = NULL WHERE seq = ANY(${seqs}::int8[])`,
      recordLengths(this.#prisma, [{ key: core.key.toString('hex'), length, byteLength }]),
    ]);
  }

  #stop(feedId: string, why: string): void {
    this.#stopped.add(feedId);
    this.#log.error({ feedId, why }, 'appends nothing more to this feed until looked at');
  }
}

interface Place {
  seq: bigint;
  firstIndex: bigint;
  endIndex: bigint;
}

async function prepareOrNull(
  feed: Appendable,
  payloads: readonly Uint8Array[],
): Promise<PreparedAppend | null> {
  try {
    if (feed.kind === 'hyperbee') return await prepareEntries(feed.bee, payloads);
    return prepareBlocks(feed.core, payloads);
  } catch (error) {
    if (error instanceof MalformedBatch) return null;
    throw error;
  }
}

function placesOf(batches: readonly Batch[], { firstIndex, endIndexes }: PreparedAppend): Place[] {
  return batches.map(({ seq }, i) => ({
    seq,
    firstIndex: BigInt(endIndexes[i - 1] ?? firstIndex),
    endIndex: BigInt(endIndexes[i]!),
  }));
}

function fits(places: readonly Place[], batches: readonly Batch[]): boolean {
  return batches.every(
    ({ firstIndex, endIndex }, i) =>
      firstIndex === null ||
      (firstIndex === places[i]!.firstIndex && endIndex === places[i]!.endIndex),
  );
}
