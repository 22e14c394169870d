import { once } from 'node:events';
import pg from 'pg';
import type { KillPoint } from './process.ts';

// Preloaded into a program under test: it kills the process at a chosen query, as a power cut would.
type Query = (this: object, ...args: unknown[]) => unknown;
type Callback = (...args: unknown[]) => void;

const point = JSON.parse(process.env.KILL_POINT ?? '') as KillPoint;
const query = pg.Client.prototype.query as Query;
let counting = false;
let over = false;
let counted = 0;
let transaction: object | undefined;

pg.Client.prototype.query = function (this: object, ...args: unknown[]): unknown {
  if (!isHere(this, textOf(args[0]))) return query.apply(this, args);
  const last = args.at(-1);
  if (typeof last === 'function') args[args.length - 1] = die satisfies Callback;
  const answer = query.apply(this, args);
  if (point.when === 'sent') die();
  (answer as Promise<unknown> | undefined)?.then(die, die);
  return answer;
} as typeof pg.Client.prototype.query;

// Everything is loaded while another process is still under test; the program proper begins when it is told to.
for (const path of point.warm) await import(new URL(`../../${path}`, import.meta.url).href);
await once(process, 'message');

function isHere(client: object, text: string): boolean {
  if (over) return false;
  if (!counting && text.includes(point.from)) {
    counting = true;
    transaction = client;
  }
  if (!counting) return false;
  const isInTransaction = client === transaction;
  if (text === 'COMMIT' || text === 'ROLLBACK') transaction = undefined;
  if (text.includes(point.to)) over = true;
  if (!isInTransaction && !point.only.some((part) => text.includes(part))) return false;
  counted += 1;
  return point.at === counted || (isInTransaction && point.at === text);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function textOf(config: unknown): string {
  if (typeof config === 'string') return config;
  return (config as { text?: string } | undefined)?.text ?? '';
}
