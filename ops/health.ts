import { isMigrated } from '../boot/context.ts';
import type { Lightning } from '../ports/lightning.ts';
import type { PrismaClient } from '../prisma/client/client.ts';

const CHECK_TIMEOUT_MS = 3_000;
/** Whoever asks how a process is costs it nothing but memory within this time. */
const FRESH_MS = 1_000;
/** How long ago a seeder may have been heard of, and how long a change of grants may be unknown to it. */
const SEEDER_LAG_SECONDS = 30;

/** Something that a process works with. */
export interface Part {
  /** Without it the process takes no work; a part that is not needed only limits what it can do. */
  needed: boolean;
  /** Whether it is there now. What it throws, or does not say within some seconds, means that it is not. */
  holds(): Promise<boolean>;
}

export interface HealthReport {
  /** Whether the process takes work. */
  ok: boolean;
  draining: boolean;
  parts: Record<string, boolean>;
}

/** How a process is, part by part. */
export class Health<Name extends string = string> {
  readonly #parts: Record<Name, Part>;
  readonly #isDraining: () => boolean;
  #looked: Promise<Record<Name, boolean>> | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** @param isDraining whether the process is about to end, and should be given nothing new */
  constructor(parts: Record<Name, Part>, isDraining: () => boolean = () => false) {
    this.#parts = parts;
    this.#isDraining = isDraining;
  }

  /** Looks at all parts; what was seen within the last second is not looked at again. */
  async read(): Promise<HealthReport & { parts: Record<Name, boolean> }> {
    if (performance.now() - this.#lookedAtMs > FRESH_MS) {
      this.#lookedAtMs = performance.now();
      this.#looked = this.#look();
    }
    const parts = await this.#looked!;
    const draining = this.#isDraining();
    const missing = this.#names.some((name) => this.#parts[name].needed && !parts[name]);
    return { ok: !missing && !draining, draining, parts };
  }

  get #names(): Name[] {
    return Object.keys(this.#parts) as Name[];
  }

  async #look(): Promise<Record<Name, boolean>> {
    const looked = this.#names.map(async (name) => [name, await holds(this.#parts[name])] as const);
    return Object.fromEntries(await Promise.all(looked)) as Record<Name, boolean>;
  }
}

async function holds(part: Part): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  });
  const held = await Promise.race([part.holds().catch(() => false), late]);
  clearTimeout(timer);
  return held;
}

/** Postgres answers. */
export async function databaseAnswers(prisma: PrismaClient): Promise<boolean> {
  await prisma.$queryRaw`SELECT 1`;
  return true;
}

/** The schema is the one of this version. */
export function schemaIsCurrent(prisma: PrismaClient): Promise<boolean> {
  return isMigrated(prisma);
}

/** The Lightning node answers, and has caught up with the chain. */
export async function nodeIsSynced(lightning: Lightning): Promise<boolean> {
  return (await lightning.nodeState()).synced;
}

/** A seeder is up, and knows every change of grants but the newest. */
export async function seederFollows(prisma: PrismaClient): Promise<boolean> {
  const [row] = await prisma.$queryRaw<[{ follows: boolean }]>`
    SELECT EXISTS (
      SELECT 1 FROM seeders s,
        LATERAL (SELECT clock_timestamp() - make_interval(secs => ${SEEDER_LAG_SECONDS}) AS long_ago) t
      WHERE s.seen_at > t.long_ago AND s.grants_read_at > t.long_ago AND NOT EXISTS (
        SELECT 1 FROM grant_log g WHERE g.seq > s.grants_read_to AND g.at < t.long_ago)) AS follows`;
  return row.follows;
}
