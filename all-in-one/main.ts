// npm start: the whole market on one machine. Each process can be killed on its own; this one starts it again.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { openPrisma } from '../adapters/postgres/prisma-client.ts';
import { ConfigError, readConfig } from '../boot/config.ts';
import { run } from '../boot/run.ts';
import { sampleSellerKey } from '../prisma/seed/sample-seller.ts';
import { seedCatalogue } from '../prisma/seed/seed.ts';
import { keyEnvOf } from '../server/auth.ts';
import { Child } from './child.ts';
import { openLightning } from './lightning.ts';
import { localReceivers, openDatabase, openDht, type Part, type ProgramName } from './parts.ts';

const PROGRAMS: ProgramName[] = ['seeder', 'workers', 'server'];
const LIVE_FEED = 'examples/live-feed.ts';

await run(async () => {
  const dir = resolve(process.env.DAZAAR_DATA ?? '.dazaar');
  mkdirSync(dir, { recursive: true });
  const logFile = join(dir, 'market.log');

  console.log('Starting PostgreSQL, a Lightning node and a DHT …');
  const parts = await openParts(dir);
  const env = {
    ...process.env,
    // Nothing stands in front of it that would have to notice.
    DRAIN_SECONDS: '0',
    DAZAAR_DATA: dir,
    ...Object.assign({}, ...parts.map((part) => part.env)),
    ...localReceivers(process.env),
  };
  const envOf = (name: ProgramName) => ({
    ...env,
    ...Object.assign({}, ...parts.map((part) => part.programs?.[name])),
    ...opsPortOf(name),
  });
  const config = readConfig(envOf('server'));
  writeFileSync(join(dir, 'database.url'), `${config.databaseUrl}\n`, { mode: 0o600 });

  const onRestart = (program: string, why: string) => {
    console.error(`${program} ended (${why}); starting it again. See ${relative('.', logFile)}`);
  };
  const child = (program: string, childEnv: NodeJS.ProcessEnv) =>
    new Child({ program, env: childEnv, logFile, onRestart });
  const programs = PROGRAMS.map((name) => child(`${name}/main.ts`, envOf(name)));
  await Promise.all(programs.map((program) => program.start()));

  const url = `http://${config.host}:${config.port}`;
  const keyEnv = keyEnvOf(config.network);
  const apiKey = await withPrisma(config.databaseUrl, (prisma) =>
    sampleSellerKey(prisma, dir, keyEnv),
  );
  await seedCatalogue({ baseUrl: url, apiKey, log: (line) => console.log(line) });
  const liveFeed = child(LIVE_FEED, { ...env, DAZAAR_API_KEY: apiKey, DAZAAR_URL: url });
  liveFeed.launch();
  const { host, port, publicUrl } = config.gateway;
  const gateway = publicUrl ?? `http://${host}:${port}`;
  console.log(welcome(url, gateway, config.network, relative('.', logFile)));

  return async () => {
    console.log('\nStopping …');
    await liveFeed.stop();
    await Promise.all(programs.map((program) => program.stop()));
    await Promise.all(parts.map((part) => part.stop()));
  };
});

/** One machine, three processes: the workers' port is the one that is configured, the next two are the others'. */
function opsPortOf(name: ProgramName): Record<string, string> {
  const first = Number(process.env.OPS_PORT || 0);
  const place = { workers: 0, server: 1, seeder: 2 }[name];
  return first > 0 ? { OPS_PORT: String(first + place) } : {};
}

async function openParts(dir: string): Promise<Part[]> {
  const opened = await Promise.allSettled([
    openDatabase(dir, process.env),
    openLightning(dir, process.env),
    openDht(process.env),
  ]);
  const failed = opened.find((result) => result.status === 'rejected');
  const parts = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (!failed) return parts;
  await Promise.all(parts.map((part) => part.stop()));
  throw new ConfigError((failed.reason as Error).message);
}

async function withPrisma<T>(
  url: string,
  use: (prisma: ReturnType<typeof openPrisma>) => Promise<T>,
) {
  const prisma = openPrisma(url);
  try {
    return await use(prisma);
  } finally {
    await prisma.$disconnect();
  }
}

function welcome(url: string, gateway: string, network: string, logFile: string): string {
  const market = url === 'http://127.0.0.1:8470' ? '' : ` --market ${url}`;
  const wallet = network === 'sandbox' ? 'sandbox' : 'print';
  const coins = network === 'sandbox' ? ' (sandbox Lightning: the coins are worthless)' : '';
  return `
Dazaar Market is open${coins}: ${url}

Open it in a browser and buy a data set there, or from another terminal:
  npx dazaar browse${market}
  npx dazaar buy seattle-weather --plan hour --wallet ${wallet}${market}
  npx dazaar pull seattle-weather --out seattle-weather.ndjson${market}

What was bought is served over HTTP too, at ${gateway}; the API is shown at ${url}/docs
Logs: ${logFile}. Stop with Ctrl-C.`;
}
