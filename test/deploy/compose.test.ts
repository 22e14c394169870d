import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { readConfig, VARIABLES } from '../../boot/config.ts';
import { ROOT } from './build-image.ts';
import { type Compose, readCompose, readEnvFile, type Service, servicesOf } from './compose.ts';

/** What an owner fills in. */
const FILLED_IN = {
  LND_SOCKET: 'host.docker.internal:10009',
  POSTGRES_PASSWORD: 'ab'.repeat(32),
  MARKET_SEED: 'cd'.repeat(32),
  ADMIN_PASSWORD: 'ef'.repeat(32),
};
const PROCESSES = ['server', 'workers', 'seeder', 'seeder-2'];
const TAG = /:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/;

const withoutPromtool =
  spawnSync('promtool', ['--version']).status === 0
    ? false
    : 'promtool not found; apt-get install prometheus';

describe('docker-compose.yml', () => {
  let compose: Compose;
  let play: Record<string, Service>;
  let earnest: Record<string, Service>;
  let all: [string, Service][];
  const ours = () => all.filter(([, { build }]) => build !== undefined);

  before(async () => {
    const regtest = await readEnvFile('deploy/regtest.env');
    const production = { ...(await readEnvFile('deploy/production.env')), ...FILLED_IN };
    compose = await readCompose(regtest);
    play = await servicesOf(regtest);
    earnest = await servicesOf(production);
    all = Object.entries(compose.services);
  });

  it('starts no play node in production, and everything to play with in regtest', () => {
    assert.deepEqual(Object.keys(earnest).toSorted(), [
      'grafana',
      'migrate',
      'postgres',
      'prometheus',
      'redis',
      'seeder',
      'seeder-2',
      'server',
      'workers',
    ]);
    const regtestOnly = Object.keys(play).filter((name) => !(name in earnest));
    assert.deepEqual(regtestOnly.toSorted(), [
      'bitcoind',
      'dht',
      'lnd-buyer',
      'lnd-market',
      'macaroons',
      'miner',
      'owner',
      'samples',
    ]);
  });

  it('says what is missing when a secret is not set', async () => {
    const production = await readEnvFile('deploy/production.env');
    for (const name of Object.keys(FILLED_IN)) {
      const env = { ...production, ...FILLED_IN, [name]: '' };
      await assert.rejects(readCompose(env), new RegExp(`${name} is not set`));
    }
  });

  it('waits only for services that are started too, and in no circle', () => {
    for (const services of [play, earnest]) {
      for (const [name, { depends_on = {} }] of Object.entries(services)) {
        for (const [needed, { condition, required = true }] of Object.entries(depends_on)) {
          assert.ok(compose.services[needed], `${name} waits for ${needed}`);
          if (required)
            assert.ok(services[needed], `${name} needs ${needed}, which is not started`);
          if (condition === 'service_healthy') {
            const { healthcheck } = compose.services[needed];
            assert.ok(healthcheck?.test, `${needed} is waited for and says nothing of its health`);
          }
          if (condition === 'service_completed_successfully') {
            assert.equal(compose.services[needed].restart, 'no', `${needed} never completes`);
          }
        }
      }
    }
    const waitsFor = (name: string, above: string[] = []): void => {
      assert.ok(!above.includes(name), `in a circle: ${[...above, name].join(' → ')}`);
      for (const each of Object.keys(compose.services[name]!.depends_on ?? {})) {
        waitsFor(each, [...above, name]);
      }
    };
    for (const [name] of all) waitsFor(name);
  });

  it('gives no service a root, a right, or a file system to write to', () => {
    for (const [name, service] of all) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      assert.ok(service.logging.options['max-size'], `${name} may fill the disk with its log`);
      assert.ok(service.tmpfs.includes('/tmp'), name);
    }
    for (const [name, service] of ours()) {
      assert.equal(service.user, undefined, `${name} has the user of its image`);
      assert.equal(service.init, true, name);
    }
  });

  it('pins every image of others', () => {
    for (const [name, { image, build }] of all) {
      if (!build) assert.match(image, TAG, name);
    }
  });

  it('publishes on this machine alone, unless told otherwise, and no database ever', () => {
    const published = all.filter(([, { ports }]) => ports);
    assert.deepEqual(published.map(([name]) => name).toSorted(), [
      'grafana',
      'seeder',
      'seeder-2',
      'server',
      'workers',
    ]);
    for (const [name, { ports = [] }] of published) {
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
    }
    const inside = Object.entries(compose.networks).filter(([, network]) => network?.internal);
    assert.deepEqual(inside.map(([name]) => name).toSorted(), ['data', 'lightning', 'ops']);
    assert.deepEqual(compose.services.postgres?.networks, ['data']);
    assert.deepEqual(compose.services.redis?.networks, ['data']);
  });

  it('puts services that talk to each other into one network', () => {
    for (const [name, { environment = {}, networks = [], command = [] }] of all) {
      const said = [...Object.entries(environment), ...command.entries()];
      for (const [key, value] of said) {
        if (['PUBLIC_URL', 'DHT_BOOTSTRAP'].includes(String(key)) && name !== 'samples') continue;
        for (const [other, { networks: theirs = [] }] of all) {
          if (!new RegExp(`(//|@|=|^)${other}:\\d`).test(value)) continue;
          assert.ok(
            theirs.some((each) => networks.includes(each)),
            `${name} cannot reach ${other}`,
          );
        }
      }
    }
  });

  it('tells processes nothing that they do not read, and everything that they must be told', async () => {
    for (const services of [play, earnest]) {
      for (const name of PROCESSES) {
        const { environment = {} } = services[name]!;
        for (const variable of Object.keys(environment)) {
          assert.ok(VARIABLES.includes(variable), `${name}: ${variable}`);
        }
        const config = readConfig(environment);
        assert.ok(config.lnd, name);
        assert.ok(config.redisUrl, name);
        assert.ok(config.marketSeed, name);
        assert.ok(config.publicUrl, name);
        assert.equal(config.payoutMacaroonPath !== undefined, name === 'workers', name);
        assert.equal(config.adminPassword !== undefined, name === 'workers', name);
      }
    }
  });

  it('gives processes longer to end than they take', async () => {
    const { drainMs } = readConfig({ ...play.server!.environment });
    const text = await readFile(join(ROOT, 'boot/run.ts'), 'utf8');
    const stopMs = Number(/STOP_TIMEOUT_MS = ([\d_]+)/.exec(text)?.[1]?.replaceAll('_', ''));
    for (const name of PROCESSES) {
      const grace = Number.parseInt(play[name]!.stop_grace_period ?? '', 10) * 1000;
      assert.ok(grace > drainMs + stopMs, `${name}: ${grace} > ${drainMs} + ${stopMs}`);
    }
  });

  it('mounts nothing that is not declared, and gives no two processes one storage', () => {
    const writers = new Map<string, string>();
    for (const [name, { volumes = [] }] of all) {
      for (const volume of volumes) {
        const [source = '', target = '', mode] = volume.split(':');
        if (source.startsWith('.')) continue;
        assert.ok(source in compose.volumes, `${name}: ${source}`);
        if (target !== '/data' || mode === 'ro') continue;
        assert.equal(writers.get(source), undefined, `${source} is of two`);
        writers.set(source, name);
      }
    }
    for (const [name, { volumes = [] }] of Object.entries(earnest)) {
      const secrets = volumes.filter((volume) => volume.includes('/credentials'));
      assert.ok(
        secrets.every((volume) => volume.endsWith(':ro')),
        name,
      );
    }
  });
});

describe('what watches the market', () => {
  it('is asked of services that answer there', async () => {
    const services = await servicesOf({
      ...(await readEnvFile('deploy/production.env')),
      ...FILLED_IN,
    });
    const text = await readFile(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8');
    const { scrape_configs } = parse(text) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const dazaar = scrape_configs.find(({ job_name }) => job_name === 'dazaar');
    const targets = dazaar!.static_configs.flatMap(({ targets }) => targets);
    assert.deepEqual(targets.toSorted(), PROCESSES.map((name) => `${name}:9470`).toSorted());
    for (const name of PROCESSES) assert.ok(services[name]!.networks?.includes('ops'), name);
    assert.ok(services.prometheus!.networks?.includes('ops'));
  });

  it('is drawn from the source and in the folder that Grafana is told of', async () => {
    const read = (path: string) => readFile(join(ROOT, 'deploy/grafana', path), 'utf8');
    const { datasources } = parse(await read('provisioning/datasources/prometheus.yml'));
    const { providers } = parse(await read('provisioning/dashboards/dazaar.yml'));
    const { grafana } = (await readCompose({ ...FILLED_IN, LIGHTNING_NETWORK: 'mainnet' }))
      .services;
    assert.ok(
      grafana!.volumes!.includes(`./deploy/grafana/dashboards:${providers[0].options.path}:ro`),
    );
    const dashboard = JSON.parse(await read('dashboards/dazaar.json')) as Dashboard;
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { title, targets = [] } of dashboard.panels) {
      for (const { datasource } of targets) assert.equal(datasource.uid, datasources[0].uid, title);
    }
  });

  it('is told in words that Prometheus understands', { skip: withoutPromtool }, async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'dazaar-promtool-'));
    t.after(() => rm(dir, { recursive: true, force: true }));
    const text = await readFile(join(ROOT, 'deploy/grafana/dashboards/dazaar.json'), 'utf8');
    const queries = (JSON.parse(text) as Dashboard).panels.flatMap(({ targets = [] }) => targets);
    const rules = queries.map(({ expr }, index) => ({
      record: `query:${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    // JSON is YAML too.
    await writeFile(join(dir, 'queries.yml'), JSON.stringify({ groups: [{ name: 'x', rules }] }));
    const config = join(ROOT, 'deploy/prometheus/prometheus.yml');
    const checks = [
      ['check', 'config', config],
      ['check', 'rules', join(dir, 'queries.yml')],
    ];
    for (const args of checks) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
    }
  });

  it('has every command of docs/containers.md name a file and a service that there are', async () => {
    const text = await readFile(join(ROOT, 'docs/containers.md'), 'utf8');
    const commands = [...text.matchAll(/^docker compose --env-file (\S+) (.*)$/gm)];
    assert.ok(commands.length > 5);
    for (const [line, file = '', words = ''] of commands) {
      if (file !== 'production.env') await readEnvFile(file);
      const [, service] = /^(?:run --rm|exec) (\S+)/.exec(words) ?? [];
      const compose = await readCompose(await readEnvFile('deploy/regtest.env'));
      if (service) assert.ok(service in compose.services, line);
    }
  });
});

interface Dashboard {
  panels: { id: number; title: string; targets?: Query[] }[];
}

interface Query {
  expr: string;
  datasource: { uid: string };
}
