import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startRedis, type TestRedis, withoutRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 90_000;
const SECRET = `secret${randomBytes(12).toString('hex')}`;

/** Something wrong for every variable. Whatever a value is, it is not to be seen again. */
const WRONG: Record<string, string> = {
  DATABASE_URL: `mysql://dazaar:${SECRET}@127.0.0.1/dazaar`,
  REDIS_URL: `http://:${SECRET}@127.0.0.1`,
  LND_CERT: `/nowhere/${SECRET}`,
  LND_MACAROON: `/nowhere/${SECRET}`,
  LND_PAYOUT_MACAROON: `/nowhere/${SECRET}`,
  SANDBOX_WALLET_CERT: `/nowhere/${SECRET}`,
  SANDBOX_WALLET_MACAROON: `/nowhere/${SECRET}`,
  LIGHTNING_NETWORK: SECRET,
  DAZAAR_DATA: `/dev/null/${SECRET}`,
  DAZAAR_NAME: SECRET.repeat(5),
  MARKET_SEED: SECRET,
  DHT_BOOTSTRAP: SECRET,
  PORT: SECRET,
  GATEWAY_PORT: '70000',
  GATEWAY_URL: SECRET,
  PUBLIC_URL: SECRET,
  OUTBOUND_ALLOW: SECRET,
  CORS_ORIGINS: SECRET,
  TRUSTED_PROXIES: SECRET,
  RATE_LIMITS: SECRET,
  COMMISSION_BASIS_POINTS: '10001',
  ORDER_TTL_SECONDS: '1',
  TRIAL_WORK_BITS: '33',
  HOLD_SECONDS: '1',
  DRAIN_SECONDS: '-1',
  RECONCILE_SECONDS: '0',
  RATES_URL: SECRET,
  RATES_FIXED: SECRET,
  RATES_MAX_AGE_SECONDS: '1',
  OPS_PORT: SECRET,
  ADMIN_PASSWORD: SECRET.slice(0, 15),
  OTEL_EXPORTER_OTLP_ENDPOINT: SECRET,
  LOG_LEVEL: SECRET,
};
/** Told by one program alone. */
const ONLY: Record<string, string> = {
  LND_PAYOUT_MACAROON: 'workers',
  SANDBOX_WALLET_CERT: 'server',
  SANDBOX_WALLET_MACAROON: 'server',
};

describe('a program that cannot start as it is told to', () => {
  let db: TestDatabase;
  let sandbox: Sandbox;
  let dir: string;
  let right: Record<string, string>;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-check-'));
    db = await createDatabase();
    sandbox = await startSandbox({ dir: join(dir, 'sandbox') });
    const { socket, cert, macaroon } = sandbox.nodes.market;
    right = {
      DATABASE_URL: db.url,
      LND_SOCKET: socket,
      LND_CERT: cert,
      LND_MACAROON: macaroon,
      LIGHTNING_NETWORK: 'sandbox',
      DAZAAR_DATA: join(dir, 'data'),
      PORT: '0',
      GATEWAY_PORT: '0',
    };
  });
  after(async () => {
    await sandbox?.stop();
    await db?.[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  for (const program of ['server', 'workers', 'seeder']) {
    it(`says all that is wrong at once, and no value of it: ${program}`, async () => {
      const { code, said, seen } = await start(program, WRONG);
      assert.equal(code, 1, said);
      const [first, ...lines] = said.trimEnd().split('\n');
      assert.equal(first, 'the environment is not complete:');
      for (const line of lines) assert.match(line, /^ {2}[A-Z_]+: \S/, said);
      const named = new Set(lines.map((line) => line.trim().split(':')[0]));
      const expected = Object.keys(WRONG).filter((name) =>
        [program, undefined].includes(ONLY[name]),
      );
      assert.deepEqual(
        [...named].sort(),
        [...expected, 'LND_SOCKET', 'SANDBOX_WALLET_SOCKET'].sort(),
      );
      assert.ok(!said.includes(SECRET.slice(0, 15)), said);
      assert.ok(!seen.includes(SECRET), seen);
    });
  }

  it('says what is missing', async () => {
    const { said } = await start('workers', {});
    assert.match(said, /DATABASE_URL: is not set\n {2}LIGHTNING_NETWORK: is not set/);
  });

  it('says several things that only trying out tells, without a password', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const url = new URL(db.url);
    url.password = SECRET;
    const { code, said, seen } = await start('server', {
      ...right,
      DATABASE_URL: url.href,
      LIGHTNING_NETWORK: 'mainnet',
      OPS_PORT: `${port}`,
      PORT: `${port}`,
      RATES_FIXED: 'EUR',
    });
    taken.close();
    assert.equal(code, 1);
    assert.match(said, /DATABASE_URL: the database does not take this user and password/);
    assert.match(said, /LIGHTNING_NETWORK: it is mainnet, and the node is on regtest/);
    assert.match(said, /OPS_PORT: port \d+ on 127\.0\.0\.1 is taken/);
    assert.match(said, /\n {2}PORT: port \d+ on 127\.0\.0\.1 is taken/);
    assert.match(said, /RATES_FIXED: /);
    assert.ok(!said.includes(SECRET) && !seen.includes(SECRET), said);
  });

  it('A42 refuses a macaroon that the node does not take', async () => {
    const forged = join(dir, 'forged.macaroon');
    const bytes = await readFile(right.LND_MACAROON!);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(forged, bytes);
    const { code, said } = await start('workers', { ...right, LND_MACAROON: forged });
    assert.equal(code, 1);
    assert.match(said, /LND_SOCKET: the node does not take this certificate and macaroon/);
  });

  describe('for Redis', { skip: withoutRedis }, () => {
    let redis: TestRedis;
    before(async () => {
      redis = await startRedis();
    });
    after(() => redis[Symbol.asyncDispose]());

    it('refuses a password that it does not take, or that is missing, and does not print it', async () => {
      await redis.command('CONFIG', 'SET', 'requirepass', 'another');
      const url = new URL(redis.url);
      url.password = SECRET;
      const { code, said } = await start('workers', { ...right, REDIS_URL: url.href });
      assert.equal(code, 1);
      assert.match(said, /REDIS_URL: Redis does not take this password/);
      assert.ok(!said.includes(SECRET));
      const without = await start('workers', { ...right, REDIS_URL: redis.url });
      assert.match(without.said, /REDIS_URL: Redis does not take this password/);
    });
  });

  /** Runs a program to its end; `seen` is what `ps` shows of it meanwhile. */
  async function start(program: string, env: Record<string, string>) {
    const path = fileURLToPath(new URL(`../../${program}/main.ts`, import.meta.url));
    const child = spawn(process.execPath, [path], {
      env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', LOG_LEVEL: 'trace', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const ended = once(child, 'exit');
    let seen = '';
    await until(async () => {
      seen = await readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => 'no /proc here');
      return seen !== '';
    });
    const [code] = await ended;
    return { code, said: (await said).join(''), seen };
  }
});
