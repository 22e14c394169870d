// npm start: the whole market on one machine. Each process can be killed on its own; this one starts it again.
import { join, relative, resolve } from 'node:path';
import { openPrisma } from '../adapters/postgres/prisma-client.ts';
import { run } from '../boot/run.ts';
import { sampleSellerKey } from '../prisma/seed/sample-seller.ts';
import { seedCatalogue } from '../prisma/seed/seed.ts';
import { keyEnvOf } from '../server/auth.ts';
import { openMarket } from './open-market.ts';

const LIVE_FEED = 'examples/live-feed.ts';

await run(async () => {
  const dir = resolve(process.env.DAZAAR_DATA ?? '.dazaar');
  const logFile = join(dir, 'market.log');

  console.log('Starting PostgreSQL, a Lightning node and a DHT …');
  const onRestart = (program: string, why: string) => {
    console.error(`${program} ended (${why}); starting it again. See ${relative('.', logFile)}`);
  };
  const market = await openMarket({ dir, env: process.env, logFile, onRestart });
  const { config, url } = market;
  const keyEnv = keyEnvOf(config.network);
  const apiKey = await withPrisma(config.databaseUrl, (prisma) =>
    sampleSellerKey(prisma, dir, keyEnv),
  );
  await seedCatalogue({ baseUrl: url, apiKey, log: (line) => console.log(line) });
  const liveFeed = market.child(LIVE_FEED, { DAZAAR_API_KEY: apiKey, DAZAAR_URL: url });
  liveFeed.launch();
  const { host, port, publicUrl } = config.gateway;
  const gateway = publicUrl ?? `http://${host}:${port}`;
  console.log(welcome(url, gateway, config.network, relative('.', logFile)));

  return async () => {
    console.log('\nStopping …');
    await liveFeed.stop();
    await market.stop();
  };
});

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
