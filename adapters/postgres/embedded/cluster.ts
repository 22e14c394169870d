import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Account, databaseAccount } from './account.ts';
import { findPlace, type Place } from './place.ts';

const USER = 'dazaar';
/** How the program that runs a cluster is called. */
const GUARDIAN = 'embedded/guardian.ts';
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

export interface Cluster {
  url: string;
  place: Place;
  process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on the data in `dir` (made on the first start), on a free loopback port or the one given.
 * A server left behind by a killed process is stopped first.
 *
 * @throws when another guardian serves this folder, or the server does not start
 */
export async function startCluster(dir: string, port = 0): Promise<Cluster> {
  const account = databaseAccount();
  const place = await findPlace(dir, account);
  claim(dir);
  await stopOrphan(place.dataDir);
  const password = initialise(place, dir, account);
  const chosen = port || (await freePort());
  const url = `postgres://${USER}:${password}@127.0.0.1:${chosen}/postgres`;
  const server = spawn(
    join(place.binDir, 'postgres'),
    ['-D', place.dataDir, '-p', String(chosen), ...settings()],
    { ...account, cwd: place.dataDir, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const log = keepTail(server);
  const cluster = { url, place, process: server, stop: () => stop(server) };
  try {
    await untilReady(url, server);
  } catch (error) {
    await cluster.stop();
    throw new Error(`PostgreSQL did not start: ${log() || (error as Error).message}`);
  }
  return cluster;
}

function settings(): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_min_messages: 'fatal',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function initialise(place: Place, dir: string, account: Account | undefined): string {
  const passwordFile = join(dir, 'postgres.password');
  if (existsSync(join(place.dataDir, 'PG_VERSION')) && existsSync(passwordFile)) {
    return readFileSync(passwordFile, 'utf8').trim();
  }
  const password = randomBytes(18).toString('base64url');
  // Empties what a killed first start left: initdb refuses a folder that is not empty.
  for (const name of readdirSync(place.dataDir))
    rmSync(join(place.dataDir, name), { recursive: true });
  const secretDir = mkdtempSync(join(tmpdir(), 'dazaar-'));
  const secretFile = join(secretDir, 'password');
  writeFileSync(secretFile, password, { mode: 0o600 });
  if (account)
    for (const path of [secretDir, secretFile]) chownSync(path, account.uid, account.gid);
  try {
    const access = ['-U', USER, '-A', 'scram-sha-256', `--pwfile=${secretFile}`];
    const args = ['-D', place.dataDir, ...access, '-E', 'UTF8', '--locale=C'];
    execFileSync(join(place.binDir, 'initdb'), args, {
      ...account,
      cwd: place.dataDir,
      stdio: 'pipe',
    });
  } finally {
    rmSync(secretDir, { recursive: true, force: true });
  }
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  return password;
}

// A server whose guardian lives is somebody's database, not an orphan.
function claim(dir: string): void {
  const file = join(dir, 'guardian.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (pid && pid !== process.pid && argumentsOf(pid).includes(GUARDIAN)) {
    throw new Error(`a market runs in ${dir} already`);
  }
  writeFileSync(file, String(process.pid));
}

async function stopOrphan(dataDir: string): Promise<void> {
  const pid = postmasterPid(dataDir);
  if (!pid) return;
  if (isOurs(pid, dataDir)) await end(pid, dataDir);
  await endWorkers(dataDir);
  // PostgreSQL would take any process of that number for its own, even one that is dead and not yet collected.
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

async function end(pid: number, dataDir: string): Promise<void> {
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isOurs(pid, dataDir)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}

// What works for a server that was killed goes on to the end of its query, and would write beside the next one: the
// lock file that is removed here is what keeps PostgreSQL itself from starting over it.
async function endWorkers(dataDir: string): Promise<void> {
  for (let left = workersIn(dataDir); left.length > 0; left = workersIn(dataDir)) {
    for (const pid of left) kill(pid);
    await sleep(POLL_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone in the meantime.
  }
}

/** The processes of PostgreSQL whose place is the folder, where the system tells. */
function workersIn(dataDir: string): number[] {
  if (!existsSync('/proc/self/cwd')) return [];
  const place = realpathSync(dataDir);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .map(Number)
    .filter((pid) => isAt(pid, place) && argumentsOf(pid).startsWith('postgres'));
}

function isAt(pid: number, place: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === place;
  } catch {
    return false;
  }
}

function postmasterPid(dataDir: string): number | undefined {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  return Number(readFileSync(file, 'utf8').split('\n')[0]) || undefined;
}

// The number may since belong to another program: only a server on this very folder is stopped.
function isOurs(pid: number, dataDir: string): boolean {
  return argumentsOf(pid).includes(`-D ${dataDir}`);
}

function argumentsOf(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline')) {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

function keepTail(server: ChildProcess): () => string {
  let tail = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-2_000);
  });
  return () => tail.trim();
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`exit code ${server.exitCode}`);
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => {});
      if (Date.now() > deadline) throw error;
      await sleep(POLL_MS);
    }
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGINT'); // "fast": ends the connections, writes a checkpoint
  const killer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killer);
}
