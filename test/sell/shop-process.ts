import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dazaar, type Ended, startDazaar } from '../buyer/cli.ts';
import { openToPostgres } from '../support/open-to-postgres.ts';
import { until } from '../support/until.ts';

// Whatever the shell that runs the tests has set up is not to be touched; empty counts as not set.
const NOTHING_OF_OURS = { LND_SOCKET: '', LND_CERT: '', LND_MACAROON: '', DHT_BOOTSTRAP: '' };

const OPEN_WITHIN_MS = 120_000;

/** `dazaar sell` in a process of its own, open. */
export interface ShopProcess {
  /** What it has printed, an object a line. */
  events: () => Record<string, unknown>[];
  url: string;
  apiKey: string;
  /** The signed card of a listing. */
  cardOf(slug: string): Promise<string>;
  /** Sends a signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** Kills it with all that it has started, PostgreSQL included, as a power cut would. */
  cutPower(): Promise<void>;
}

/** Runs `dazaar sell` in a home directory until it is open. */
export async function openShop(home: string, args: readonly string[]): Promise<ShopProcess> {
  await openToPostgres(home);
  const running = startDazaar(['sell', '--json', ...args], {
    home,
    env: NOTHING_OF_OURS,
  });
  const events = () =>
    running
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const opened = () => events().find(({ event }) => event === 'open');
  await until(async () => {
    if (running.child.exitCode !== null) throw new Error(`no shop: ${running.stderr()}`);
    return opened() !== undefined;
  }, OPEN_WITHIN_MS);
  return {
    events,
    url: String(opened()?.url),
    apiKey: (await readFile(join(home, 'shop/api.key'), 'utf8')).trim(),
    cardOf: (slug) => readFile(join(home, 'shop/cards', `${slug}.json`), 'utf8'),
    end(signal) {
      running.child.kill(signal);
      return running.ended;
    },
    async cutPower() {
      for (const pid of await treeOf(running.child.pid!)) kill(pid);
      await running.ended;
    },
  };
}

/** A process and all below it. */
async function treeOf(root: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = new Map<number, number>();
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    parents.set(Number(pid), Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]));
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone with its parent.
  }
}

/** Runs a seller's command beside the shop in that home directory. */
export const seller = (home: string, args: readonly string[]): Promise<Ended> =>
  dazaar(args, { home });
