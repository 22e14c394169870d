import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramName } from '../test/support/stack.ts';
import { type Random, seeded } from './random.ts';
import type { Stand } from './stand.ts';

/** What can go wrong, and how often beside the others. */
const WEIGHTS = {
  'server killed': 8,
  'server told to stop': 3,
  'server paused': 2,
  'workers killed': 10,
  'workers told to stop': 3,
  'workers paused': 3,
  'seeder killed': 8,
  'seeder told to stop': 3,
  'seeder paused': 2,
  'redis killed': 5,
  'redis flushed': 5,
  'postgres killed': 5,
  'postgres backend killed': 3,
  'connections cut': 5,
  'node killed': 6,
  'all killed': 2,
};
export type FaultName = keyof typeof WEIGHTS;

export interface Fault {
  afterMs: number;
  name: FaultName;
  /** Which of several, from 0. */
  which: number;
  /** For how long something is paused or away. */
  lastsMs: number;
  /** Whether it hits although the fault before has not healed: in the middle of a start, most often. */
  isRash: boolean;
}

const RASH = 0.25;
/** On a slow machine nothing would ever be up if faults did not wait for what they are to hit. */
const WAIT_MS = 60_000;

/** The plan of a run: the same for the same seed. It has no end. */
export function* planOf({ seed, paceMs }: { seed: number; paceMs: number }): Generator<Fault> {
  const random = seeded(seed);
  for (;;) {
    yield {
      afterMs: Math.round(random.wait(paceMs)),
      name: random.weighted(WEIGHTS),
      which: random.int(0, 1),
      lastsMs: pauseOf(random),
      isRash: random.chance(RASH),
    };
  }
}

function pauseOf(random: Random): number {
  return random.chance(0.7) ? random.int(50, 1_500) : random.int(1_500, 5_000);
}

/** Makes one fault after another until the signal; resolves when the last one is over. */
export async function makeFaults(stand: Stand, signal: AbortSignal): Promise<void> {
  const busy = new Set<string>();
  const underWay = new Set<Promise<void>>();
  for (const fault of planOf(stand.options)) {
    await sleep(fault.afterMs, undefined, { signal }).catch(() => {});
    if (!fault.isRash) await untilUp(stand, busy, signal);
    if (signal.aborted) break;
    const making = make(stand, busy, fault)
      .then((isMade) => {
        if (isMade) stand.witness.add(`fault: ${fault.name}`);
        if (isMade) stand.witness.add('faults');
      })
      .catch((error) => stand.witness.violate('heal', 'fault', `${fault.name}: ${error.message}`))
      .finally(() => underWay.delete(making));
    underWay.add(making);
  }
  await Promise.all(underWay);
}

/** Waits until each program runs somewhere, and what they need too. */
async function untilUp({ parts }: Stand, busy: Set<string>, signal: AbortSignal): Promise<void> {
  const isUp = (program: ProgramName) =>
    parts.some((part) => part.program === program && part.isReady);
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline && !signal.aborted; ) {
    if (busy.size === 0 && isUp('server') && isUp('workers') && isUp('seeder')) return;
    await sleep(50);
  }
}

/** @returns false when what should break is broken already */
async function make(stand: Stand, busy: Set<string>, fault: Fault): Promise<boolean> {
  const { name, which, lastsMs } = fault;
  const alone = (part: string, work: () => Promise<unknown>) => onceAtATime(busy, part, work);
  const { db, stack } = stand;
  switch (name) {
    case 'redis killed': {
      const { redis } = stack;
      if (!redis) return false;
      return alone('redis', async () => {
        await redis.kill();
        await sleep(lastsMs);
        await redis.start();
      });
    }
    case 'redis flushed': {
      const { redis } = stack;
      return redis !== null && alone('redis', () => redis.command('FLUSHALL'));
    }
    case 'postgres killed':
      return alone('postgres', () => db.killServer(lastsMs));
    case 'postgres backend killed':
      return alone('postgres', () => db.killBackend());
    case 'connections cut':
      return alone('postgres', () => db.cutConnections());
    case 'node killed':
      return alone('node', () => stack.lightning.restart());
    case 'all killed': {
      for (const part of stand.parts) part.signal('SIGKILL');
      const again = ['redis killed', 'postgres killed', 'node killed'] as const;
      await Promise.all(again.map((each) => make(stand, busy, { ...fault, name: each })));
      return true;
    }
    default:
      return hurt(stand, name, which, lastsMs);
  }
}

async function hurt(
  stand: Stand,
  name: FaultName,
  which: number,
  lastsMs: number,
): Promise<boolean> {
  const program = name.split(' ')[0] as ProgramName;
  const parts = stand.parts.filter((part) => part.program === program);
  const part = parts[which % parts.length]!;
  if (name.endsWith('killed')) return part.signal('SIGKILL');
  if (name.endsWith('stop')) return part.signal('SIGTERM');
  if (!part.signal('SIGSTOP')) return false;
  await sleep(lastsMs);
  part.signal('SIGCONT');
  return true;
}

async function onceAtATime(
  busy: Set<string>,
  part: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  if (busy.has(part)) return false;
  busy.add(part);
  try {
    return (await work()) !== false;
  } finally {
    busy.delete(part);
  }
}
