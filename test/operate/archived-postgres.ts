import { execFileSync } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { parse } from 'yaml';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../adapters/postgres/embedded/start.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

/** A PostgreSQL that keeps its write-ahead log, and can be set back to any instant since its base backup. */
export interface ArchivedPostgres extends AsyncDisposable {
  url: string;
  /** What `pg_basebackup` does, by the server's own functions. */
  backUp(): Promise<void>;
  /** The database's time, behind everything that was committed before. */
  now(): Promise<string>;
  /** Loses the data directory, and puts the backup and the archived log up to that time in its place. */
  restoreTo(time: string): Promise<void>;
}

/** Starts it in `dir`, archiving as docs/operate.md says. */
export async function startArchivedPostgres(dir: string): Promise<ArchivedPostgres> {
  const port = await freePort();
  let server: EmbeddedPostgres = await startEmbeddedPostgres(dir, port);
  const { url } = server;
  const dataDir = realpathSync(join(dir, 'postgres'));
  const { uid, gid } = statSync(dataDir);
  // Beside the data, wherever the server's account can reach that.
  const archive = `${dataDir}.archive`;
  const base = `${dataDir}.base`;
  const lost = `${dataDir}.lost`;
  mkdirSync(archive);
  chownSync(archive, uid, gid);
  await query(url, `ALTER SYSTEM SET archive_mode = on`);
  await query(url, `ALTER SYSTEM SET archive_command = '${archiveCommand(archive)}'`);
  await server.stop();
  server = await startEmbeddedPostgres(dir, port);

  return {
    url,
    async backUp() {
      await using session = await connect(url);
      await session.query(`SELECT pg_backup_start('base', true)`);
      rmSync(base, { recursive: true, force: true });
      execFileSync('cp', ['-a', dataDir, base]);
      const { rows } = await session.query('SELECT labelfile FROM pg_backup_stop(true)');
      const label = join(base, 'backup_label');
      writeFileSync(label, rows[0].labelfile);
      chownSync(label, uid, gid);
      rmSync(join(base, 'postmaster.pid'));
      rmSync(join(base, 'pg_wal'), { recursive: true });
      mkdirSync(join(base, 'pg_wal'), { mode: 0o700 });
      chownSync(join(base, 'pg_wal'), uid, gid);
    },
    async now() {
      const { rows } = await query(url, 'SELECT clock_timestamp()::text AS now');
      return rows[0].now;
    },
    async restoreTo(time) {
      await query(url, 'SELECT pg_switch_wal()');
      await server.stop();
      renameSync(dataDir, lost);
      renameSync(base, dataDir);
      writeFileSync(
        join(dataDir, 'postgresql.auto.conf'),
        [
          `restore_command = 'cp ${archive}/%f %p'`,
          `recovery_target_time = '${time}'`,
          `recovery_target_action = 'promote'`,
          '',
        ].join('\n'),
      );
      writeFileSync(join(dataDir, 'recovery.signal'), '');
      for (const file of ['postgresql.auto.conf', 'recovery.signal']) {
        chownSync(join(dataDir, file), uid, gid);
      }
      server = await startEmbeddedPostgres(dir, port);
      await until(async () => {
        const { rows } = await query(url, 'SELECT pg_is_in_recovery() AS recovering');
        return !rows[0].recovering;
      });
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      for (const path of [dataDir, archive, base, lost])
        rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The one of deploy/archive.yml, for a directory elsewhere. */
function archiveCommand(archive: string): string {
  const { services } = parse(readFileSync('deploy/archive.yml', 'utf8'));
  const name = '-carchive_command=';
  const [setting] = services.postgres.command.filter((word: string) => word.startsWith(name));
  return setting.slice(name.length).replaceAll('/archive/', `${archive}/`);
}

async function query(url: string, sql: string): Promise<pg.QueryResult> {
  await using session = await connect(url);
  return await session.query(sql);
}

async function connect(url: string) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
