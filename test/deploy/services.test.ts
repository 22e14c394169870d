import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import createTestnet from 'hyperdht/testnet.js';
import pg from 'pg';
import { catalogue } from '../../prisma/seed/catalogue.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { databaseUrl } from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import { startRedis, withoutRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { buildImages, IS_ROOT, ROOT } from './build-image.ts';
import { readCompose, readEnvFile, type Service } from './compose.ts';
import { type Container, type Engine, startService, untilHealthy } from './container.ts';
import { namesInAlerts, namesInDashboard } from './metric-names.ts';

const PROCESSES = ['server', 'workers', 'seeder', 'seeder-2'];
const GATEWAYS: Record<string, string> = { seeder: '127.0.0.1:8471', 'seeder-2': '127.0.0.1:8472' };
const DATABASE = 'dazaar:regtest@postgres:5432/dazaar';
const MACAROON = 'data/chain/bitcoin/regtest/admin.macaroon';
const SLUG = 'us-employment';
const LISTED_MS = 180_000;

describe('the services of docker-compose.yml, each by its own command, in an image made by hand', () => {
  const stack = new AsyncDisposableStack();
  const containers = new Map<string, Container>();
  const ports = new Map<string, Record<string, string>>();
  let services: Record<string, Service>;
  let engine: Engine;

  before(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dazaar-deploy-'));
    stack.defer(() => rm(dir, { recursive: true, force: true }));
    await chmod(dir, 0o755);
    const volumesDir = join(dir, 'volumes');
    const sandbox = await startSandbox({ dir: join(dir, 'lightning') });
    stack.defer(() => sandbox.stop());
    for (const name of ['market', 'buyer'] as const) {
      await fillVolume(join(volumesDir, `lnd-${name}`), sandbox.nodes[name]);
    }
    const testnet = await createTestnet(4, { host: '127.0.0.1' });
    stack.defer(() => testnet.destroy());
    const redis = withoutRedis ? null : stack.use(await startRedis());
    for (const name of PROCESSES) {
      const more = { PORT: await port(), GATEWAY_PORT: await port(), OPS_PORT: await port() };
      ports.set(name, more);
    }
    const at = (name: string, key: string) => `127.0.0.1:${ports.get(name)![key]}`;
    const addresses = new Map([
      [DATABASE, await openDatabase(stack)],
      ['redis:6379', new URL(redis?.url ?? 'redis://none').host],
      ['lnd-market:10009', sandbox.nodes.market.socket],
      ['lnd-buyer:10009', sandbox.nodes.buyer.socket],
      ['dht:49737', `127.0.0.1:${testnet.bootstrap[0]!.port}`],
      ['server:8470', at('server', 'PORT')],
      ['127.0.0.1:8470', at('server', 'PORT')],
      ...PROCESSES.filter((name) => GATEWAYS[name]).map(
        (name) => [GATEWAYS[name]!, at(name, 'GATEWAY_PORT')] as const,
      ),
    ]);
    const settings = await readEnvFile('deploy/regtest.env');
    services = (await readCompose({ ...settings, LIGHTNING_NETWORK: 'sandbox' })).services;
    const more = (name: string) => ({
      HOST: '127.0.0.1',
      ...(redis ? {} : { REDIS_URL: '' }),
      ...ports.get(name),
    });
    engine = { images: await buildImages(dir), volumesDir, addresses, more };
    stack.defer(async () => {
      for (const { process, ended } of containers.values()) {
        process.kill('SIGKILL');
        await ended;
      }
    });
  });
  after(() => stack.disposeAsync());

  const start = async (name: string) => {
    const container = await startService(engine, name, services[name]!);
    containers.set(name, container);
    return container;
  };
  const succeed = async (name: string, args?: string[]) => {
    const once = await startService(engine, name, services[name]!, args);
    assert.equal(await once.ended, '0', `${name}: ${once.output()}`);
    return once.output();
  };

  it('migrates an empty database, once', async () => {
    assert.match(await succeed('migrate'), /^applied /);
    assert.match(await succeed('migrate'), /up to date/);
  });

  it('bakes macaroons that the processes can read, and again does no harm', async () => {
    await succeed('macaroons');
    await succeed('macaroons');
    const { volumesDir } = engine;
    assert.deepEqual((await readdir(join(volumesDir, 'credentials-server'))).toSorted(), [
      'server.macaroon',
      'tls.cert',
    ]);
    assert.deepEqual((await readdir(join(volumesDir, 'credentials-workers'))).toSorted(), [
      'payouts.macaroon',
      'tls.cert',
      'workers.macaroon',
    ]);
  });

  it('is not healthy before it is started', async () => {
    const check = await startService(engine, 'server', services.server!, [
      'node',
      'deploy/healthy.ts',
    ]);
    assert.equal(await check.ended, '1');
  });

  it('starts server, workers and two seeders, which get healthy', async () => {
    for (const name of PROCESSES) await start(name);
    for (const name of PROCESSES) {
      await untilHealthy(engine, name, services[name]!, containers.get(name)!);
    }
  });

  it('puts samples on sale, sells one through the published port, and serves it from peer to peer', async () => {
    const samples = await start('samples');
    await until(async () => samples.output().includes(`listed ${SLUG}`), LISTED_MS);
    const [browse, buy, pull] = await documented('buyer');
    assert.match(await succeed('buyer', browse), new RegExp(SLUG));
    assert.match(await succeed('buyer', buy), /You have access/);
    const pulled = await succeed('buyer', pull);
    const blocks = pulled.split('\n').filter((line) => line.startsWith('{'));
    const dataset = catalogue.find(({ listing }) => listing.slug === SLUG);
    assert.equal(blocks.length, [...dataset!.blocks()].length);
  });

  it('shows every number that the dashboard draws and the alerts watch', async () => {
    const shown = new Set<string>();
    for (const name of PROCESSES) {
      const answer = await fetch(`http://127.0.0.1:${ports.get(name)!.OPS_PORT}/metrics`);
      for (const [, metric = ''] of (await answer.text()).matchAll(/^# TYPE (\w+)/gm)) {
        shown.add(metric);
      }
    }
    const known = (name: string) => shown.has(name) || shown.has(name.replace(HISTOGRAM_PART, ''));
    const asked = [...(await namesInDashboard()), ...(await namesInAlerts())];
    assert.ok(asked.length > 20);
    assert.deepEqual(
      asked.filter((name) => !known(name)),
      [],
    );
  });

  it('ends each process on SIGTERM, within its time and without a fault', async () => {
    for (const name of PROCESSES) {
      const { process, ended, output } = containers.get(name)!;
      const graceMs = Number.parseInt(services[name]!.stop_grace_period!, 10) * 1000;
      process.kill('SIGTERM');
      const killer = setTimeout(() => process.kill('SIGKILL'), graceMs);
      assert.equal(await ended, '0', `${name}: ${output()}`);
      clearTimeout(killer);
    }
  });

  it('has written nothing into its image', async () => {
    for (const image of engine.images.values()) {
      for (const path of ['data', 'run/lnd']) {
        assert.deepEqual(await readdir(join(image.root, path)).catch(() => []), [], path);
      }
      if (IS_ROOT) continue;
      await access(join(image.root, 'app'));
    }
  });
});

/** What docs/containers.md has a service run, word by word. */
async function documented(service: string): Promise<string[][]> {
  const text = await readFile(join(ROOT, 'docs/containers.md'), 'utf8');
  const lines = text.matchAll(new RegExp(`^docker compose .* run --rm ${service} (.*)$`, 'gm'));
  return [...lines].map(([, words = '']) =>
    [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''),
  );
}

const HISTOGRAM_PART = /_(bucket|sum|count)$/;

/** Lays certificate and macaroon of a node where its volume has them, for the user of our images to read. */
async function fillVolume(dir: string, node: { cert: string; macaroon: string }): Promise<void> {
  for (const [from, name] of [
    [node.cert, 'tls.cert'],
    [node.macaroon, MACAROON],
  ] as const) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await copyFile(from, join(dir, name));
    if (IS_ROOT) await chown(join(dir, name), 1000, 1000);
  }
}

/** Where an empty database is: what stands between `postgres://` and the end of its URL. */
async function openDatabase(stack: AsyncDisposableStack): Promise<string> {
  const clusterUrl = process.env.TEST_POSTGRES_URL;
  if (!clusterUrl) throw new Error('run with --test-global-setup=test/support/cluster.ts');
  const name = `deploy_${randomBytes(6).toString('hex')}`;
  const outside = async (sql: string) => {
    const client = new pg.Client({ connectionString: clusterUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await outside(`CREATE DATABASE ${name}`);
  stack.defer(() => outside(`DROP DATABASE ${name} WITH (FORCE)`));
  return databaseUrl(clusterUrl, name).replace(/^\w+:\/\//, '');
}

const port = async () => String(await freePort());
