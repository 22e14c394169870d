import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { visit } from './buyers.ts';
import { makeFaults } from './faults.ts';
import { heal } from './heal.ts';
import { startHooks } from './hooks.ts';
import { intrude } from './intruders.ts';
import { judge } from './judge/judge.ts';
import type { Options } from './options.ts';
import { seeded } from './random.ts';
import { figuresOf, progress } from './report.ts';
import { append, sell } from './sellers.ts';
import { openShop, type Shop } from './shop.ts';
import { type Stand, startStand } from './stand.ts';

const REPORT_EVERY_MS = 10_000;
const INTRUDERS = 2;
/** What no program says that is well. */
const UNHEARD = /unhandled|uncaught|TypeError|ReferenceError|RangeError|heap out of memory/i;

/** One run: opens a market, lets people trade in it while it is being broken, and judges what is left. */
export async function run(
  options: Options,
  logDir: string,
  say: (line: string) => void,
  stop: AbortSignal,
) {
  mkdirSync(logDir, { recursive: true });
  await using stand = await startStand(options, logDir);
  if (!stand.stack.redis) say('redis-server not found or not wanted: the jobs are in Postgres');
  let shop: Shop | undefined;
  await using hooks = await startHooks(stand.witness, options.seed, () => shop);
  shop = await openShop(stand, hooks.url);
  for (const listing of shop.listings) await append(stand, listing, seeded(1), 0);
  say(`the shop is open: ${shop.listings.length} feeds on sale`);

  const startedAtMs = Date.now();
  const reporting = setInterval(() => say(progress(stand, startedAtMs)), REPORT_EVERY_MS);
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(new Error('stopped')));
  });
  const healed = await Promise.race([tradeAndBreak(stand, shop), stopped]);
  const ranMs = Date.now() - startedAtMs;
  say(`faults are over and all has healed; judging`);
  await judge(stand, shop);
  clearInterval(reporting);
  listenToLogs(stand, logDir);
  const figures = figuresOf(stand, healed, ranMs);
  writeNotes(stand, logDir, figures);
  return { figures, violations: stand.witness.violations };
}

async function tradeAndBreak(stand: Stand, shop: Shop): Promise<Map<string, number>> {
  const [faultsEnd, tradeEnd, intrudersEnd] = [1, 2, 3].map(() => new AbortController());
  const intruders = Array.from({ length: INTRUDERS }, () =>
    intrude(stand, shop, intrudersEnd!.signal),
  );
  const selling = sell(stand, shop, tradeEnd!.signal);
  const buying = buyUntil(stand, shop, tradeEnd!.signal);
  const breaking = makeFaults(stand, faultsEnd!.signal);
  await untilEnough(stand);
  faultsEnd!.abort();
  await breaking;
  tradeEnd!.abort();
  stand.witness.phase = 'finishing what is begun';
  const [healed] = await Promise.all([buying.then(() => selling).then(() => heal(stand))]);
  intrudersEnd!.abort();
  await Promise.all(intruders);
  return healed;
}

async function untilEnough({ options, witness }: Stand): Promise<void> {
  const endsAtMs = Date.now() + options.seconds * 1000;
  const { purchases } = options;
  const isEnough = () =>
    Date.now() > endsAtMs || (purchases !== null && witness.get('purchases') >= purchases);
  while (!isEnough()) await sleep(200);
}

/** So many buyers at a time, each new one the next of the plan. */
async function buyUntil(stand: Stand, shop: Shop, signal: AbortSignal): Promise<void> {
  let n = 0;
  const lane = async () => {
    while (!signal.aborted) {
      const visitor = n++;
      await visit(stand, shop, visitor).catch((error: Error) =>
        stand.witness.odd(`visitor ${visitor}: ${error.stack ?? error}`),
      );
    }
  };
  await Promise.all(Array.from({ length: stand.options.buyers }, lane));
}

/** Answers of 500, processes that ended by themselves after they had been ready, and cries in their logs. */
function listenToLogs({ parts, witness, answers }: Stand, logDir: string): void {
  for (const fault of answers.faults) witness.violate('process', 'fault', fault);
  for (const { ownEnds } of parts) {
    for (const { part, how, wasReady } of ownEnds) {
      witness.add(wasReady ? 'ended by themselves' : 'did not start');
      if (wasReady) witness.violate('process', 'fault', `${part} ended by itself (${how})`);
    }
  }
  for (const file of readdirSync(logDir).filter((name) => name.endsWith('.log'))) {
    const cries = readFileSync(join(logDir, file), 'utf8')
      .split('\n')
      .filter((line) => UNHEARD.test(line));
    if (cries[0]) {
      witness.violate('process', 'fault', `${file}: ${cries.length} × ${cries[0].slice(0, 300)}`);
    }
  }
}

function writeNotes({ witness, answers }: Stand, logDir: string, figures: object): void {
  const notes = {
    figures,
    violations: witness.violations,
    oddities: witness.oddities,
    faults: answers.faults,
  };
  writeFileSync(join(logDir, 'notes.json'), JSON.stringify(notes, null, 2));
}
