import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../seeder/loopback.ts';
import type { Errand } from './buyer-process.ts';

const PROGRAM = join(import.meta.dirname, 'buyer-process.ts');
const WITHIN_MS = 40_000;

export interface Told {
  event: string;
  [more: string]: unknown;
}

/** A buyer in a process of its own, which tells what happens to it. */
export interface BuyerProcess extends AsyncDisposable {
  readonly told: Told[];
  readonly exitCode: number | null;
  /** Until it has told of an event so often. @returns the last one */
  heard(event: string, times?: number): Promise<Told>;
  exited(): Promise<void>;
  kill(): Promise<void>;
}

export function startBuyer(errand: Errand): BuyerProcess {
  const child = spawn(process.execPath, ['--no-deprecation', PROGRAM, JSON.stringify(errand)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: Told[] = [];
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const closed = new Promise((resolve) => child.once('close', resolve));
  const kill = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  return {
    told,
    get exitCode() {
      return child.exitCode;
    },
    async heard(event, times = 1) {
      const all = () => told.filter((each) => each.event === event);
      const isTold = () => all().length >= times;
      await until(() => isTold() || isOver(), `"${event}"`, WITHIN_MS).catch(() => undefined);
      if (isOver()) await closed;
      if (isTold()) return all()[times - 1]!;
      throw new Error(`never told of "${event}": ${JSON.stringify(told)}\n${complaints}`);
    },
    async exited() {
      await until(isOver, 'a buyer ends', WITHIN_MS);
      await closed;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
