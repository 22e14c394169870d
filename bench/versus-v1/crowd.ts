import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeAddress } from 'hyperdht';
import { temporaryDirectory } from '../../test/seeder/loopback.ts';
import { rounded } from '../figures.ts';
import { type Child, startChild } from './child.ts';
import type { BuyersAnswers } from './crowd-buyers.ts';
import type { SellerAnswers, Usage } from './crowd-seller.ts';
import { inTurn, MARKETS } from './sides.ts';

const COUNTS = [100, 500, 1_000];
const BUYERS_A_PROCESS = 250;
const CONNECT_MS = 90_000;
const IDLE_MS = 10_000;
const LIVE = { blocks: 60, everyMs: 250 };
const LIVE_MS = LIVE.blocks * LIVE.everyMs;
const ARRIVE_MS = 60_000;
const POLL_MS = 100;

/**
 * Processor time and memory of the selling process with so many buyers connected: first while nothing happens, then
 * while it appends four blocks of 1 KiB a second and every buyer downloads each. Buyers are in processes of their own.
 */
export async function crowd(bootstrap: NodeAddress[]): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [round, count] of COUNTS.entries()) {
    for (const name of inTurn(Object.keys(MARKETS), round)) {
      const measured = await measure(name, count, bootstrap);
      console.log(`${name} with ${count} buyers`, measured);
      for (const [what, value] of Object.entries(measured)) {
        figures[`${count} buyers ${name} ${what}`] = value;
      }
    }
  }
  return figures;
}

async function measure(
  name: string,
  count: number,
  bootstrap: NodeAddress[],
): Promise<Record<string, number>> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const start = async <A extends SellerAnswers | BuyersAnswers>(program: string, dir: string) => {
    await mkdir(join(path, dir));
    const args = [name, JSON.stringify(bootstrap)];
    return stack.use(await startChild<A>(program, args, join(path, dir)));
  };
  const seller = await start<SellerAnswers>('crowd-seller.ts', 'seller');
  const address = await seller.ask('address', undefined as never);
  const groups: Child<BuyersAnswers>[] = [];
  for (let opened = 0; opened < count; opened += BUYERS_A_PROCESS) {
    const group = await start<BuyersAnswers>('crowd-buyers.ts', `buyers-${opened}`);
    const size = Math.min(BUYERS_A_PROCESS, count - opened);
    await seller.ask('grant', await group.ask('open', { address, count: size }));
    groups.push(group);
  }
  await seller.ask('append', { blocks: 1, everyMs: 0 });
  const alone = await seller.ask('usage', undefined as never);
  const connected = await connectAll(groups);
  const settled = await seller.ask('usage', undefined as never);
  await sleep(IDLE_MS);
  const idle = await seller.ask('usage', undefined as never);
  const before = await receivedBy(groups);
  await seller.ask('append', LIVE);
  const arrived = (await arrive(groups, before + connected * LIVE.blocks)) - before;
  const live = await seller.ask('usage', undefined as never);
  return {
    connected,
    'received share': rounded(arrived / (count * LIVE.blocks), 3),
    'idle CPU %': percent(settled, idle, IDLE_MS),
    'live CPU %': percent(idle, live, LIVE_MS),
    'MB a buyer': rounded((live.residentMB - alone.residentMB) / Math.max(1, connected), 3),
  };
}

async function connectAll(groups: Child<BuyersAnswers>[]): Promise<number> {
  const outcomes = await Promise.all(groups.map((group) => group.ask('connect', CONNECT_MS)));
  for (const [why, times] of outcomes.flatMap(({ failures }) => failures)) {
    console.log(`${times} buyers could not connect: ${why}`);
  }
  return outcomes.reduce((sum, { served }) => sum + served, 0);
}

/** Waits for so many blocks at all buyers together, but not for ever; answers how many there are. */
async function arrive(groups: Child<BuyersAnswers>[], due: number): Promise<number> {
  const deadlineMs = performance.now() + ARRIVE_MS;
  let received = await receivedBy(groups);
  while (received < due && performance.now() < deadlineMs) {
    await sleep(POLL_MS);
    received = await receivedBy(groups);
  }
  return received;
}

async function receivedBy(groups: Child<BuyersAnswers>[]): Promise<number> {
  const received = await Promise.all(
    groups.map((group) => group.ask('received', undefined as never)),
  );
  return received.reduce((sum, blocks) => sum + blocks, 0);
}

/** Of one processor, had the work been done in the time in which it was asked for. */
function percent(from: Usage, to: Usage, overMs: number): number {
  return rounded(((to.cpuMs - from.cpuMs) / overMs) * 100, 1);
}
