import { tell } from '../ports/measures.ts';
import type { GrantLog, PrismaClient } from '../prisma/client/client.ts';
import type { Clock } from './clock.ts';
import type { Gate, GateGrant } from './gate.ts';
import { gateGrantOf } from './gate-grant.ts';
import type { Holds } from './holds.ts';
import type { AppliedRow } from './tell-grants.ts';

const RESYNC_EVERY_MS = 60_000;
const ROWS_PER_READ = 1_000;
const SNAPSHOT_TIMEOUT_MS = 30_000;

/**
 * Tells the gate what the grant log says. Starts from a snapshot and goes on by sequence number; while the database is
 * away the gate keeps what it was told and ends it by itself. Before the first snapshot the gate knows no grant at all.
 */
export class GrantFollower {
  readonly #prisma: PrismaClient;
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #holds: Pick<Holds, 'open' | 'find'>;
  readonly #onApplied: (rows: AppliedRow[]) => void;
  #lastSeq: bigint | null = null;
  #lookedAtMs = 0;
  #resyncAtMs = 0;

  /**
   * @param holds who is let in without a grant, and stays so whatever the log says
   * @param onApplied told of the rows that the gate was told of
   */
  constructor(
    prisma: PrismaClient,
    clock: Clock,
    gate: Gate,
    holds: Pick<Holds, 'open' | 'find'>,
    onApplied: (rows: AppliedRow[]) => void = () => {},
  ) {
    this.#prisma = prisma;
    this.#clock = clock;
    this.#gate = gate;
    this.#holds = holds;
    this.#onApplied = onApplied;
  }

  /** Whether a snapshot was ever loaded. */
  get loaded(): boolean {
    return this.#lastSeq !== null;
  }

  /** How far the log is applied, and when it last was, by the database's clock; null before the first snapshot. */
  get read(): { toSeq: bigint; atMs: number } | null {
    return this.#lastSeq === null ? null : { toSeq: this.#lastSeq, atMs: this.#lookedAtMs };
  }

  /** Sets the clock and applies what the log holds beyond the last row seen. */
  async step(): Promise<void> {
    const headSeq = await this.#askTimeAndHead();
    this.#gate.tick();
    const seen = this.#lastSeq;
    if (seen !== null && headSeq > seen) await this.#follow(seen);
    // A head behind what was seen means that the database was restored from a backup.
    if (seen === null || headSeq < seen || performance.now() >= this.#resyncAtMs) {
      await this.#resync();
    }
    this.#lookedAtMs = this.#clock.nowMs();
  }

  async #askTimeAndHead(): Promise<bigint> {
    const askedAtMs = performance.now();
    const [row] = await this.#prisma.$queryRaw<[{ nowMs: number; headSeq: bigint }]>`
      SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs",
             coalesce((SELECT max(seq) FROM grant_log), 0)::int8 AS "headSeq"`;
    this.#clock.anchor(row.nowMs, askedAtMs, performance.now());
    return row.headSeq;
  }

  async #resync(): Promise<void> {
    const now = new Date(this.#clock.nowMs());
    const [head, grants] = await this.#prisma.$transaction(
      async (tx) => [
        await tx.grantLog.aggregate({ _max: { seq: true } }),
        await tx.grant.findMany({
          where: { state: 'live', OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
        }),
      ],
      { isolationLevel: 'RepeatableRead', timeout: SNAPSHOT_TIMEOUT_MS },
    );
    const granted = new Set(grants.map(nameOf));
    this.#gate.replace([
      ...grants.map(gateGrantOf),
      ...this.#holds.open.filter((hold) => !granted.has(nameOf(hold))),
    ]);
    this.#lastSeq = head._max.seq ?? 0n;
    this.#resyncAtMs = performance.now() + RESYNC_EVERY_MS;
  }

  async #follow(fromSeq: bigint): Promise<void> {
    for (let seq = fromSeq; ; ) {
      const rows = await this.#prisma.grantLog.findMany({
        where: { seq: { gt: seq } },
        orderBy: { seq: 'asc' },
        take: ROWS_PER_READ,
      });
      const applied = rows.map((row) => {
        this.#apply(row);
        this.#measure(row);
        this.#lastSeq = seq = row.seq;
        return { ...row, appliedAtMs: this.#clock.nowMs() };
      });
      if (applied.length > 0) this.#onApplied(applied);
      if (rows.length < ROWS_PER_READ) return;
    }
  }

  #apply(row: GrantLog): void {
    const { change, buyerKey, feedId } = row;
    switch (change) {
      case 'issued':
      case 'extended':
      case 'restored':
        this.#gate.grant(gateGrantOf(row));
        break;
      case 'expired':
      case 'revoked':
        this.#end(buyerKey, feedId, change);
    }
  }

  // What a snapshot tells is not measured: it does not say since when.
  #measure({ change, at }: GrantLog): void {
    const seconds = Math.max(0, this.#clock.nowMs() - at.getTime()) / 1000;
    if (change === 'revoked') tell('cut', { seconds });
    else if (change !== 'expired') tell('admitted', { seconds });
  }

  #end(buyerKey: Uint8Array, feedId: string, change: 'expired' | 'revoked'): void {
    const hold = this.#holds.find(buyerKey, feedId);
    if (hold) this.#gate.grant(hold);
    else this.#gate.revoke(buyerKey, feedId, change);
  }
}

function nameOf({ buyerKey, feedId }: Pick<GateGrant, 'buyerKey' | 'feedId'>): string {
  return `${Buffer.from(buyerKey).toString('hex')} ${feedId}`;
}
