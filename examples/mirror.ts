// A seller who keeps his feed on his own machine: append one reading a second here, and let the market copy it.
//
//   DAZAAR_API_KEY=dzr_… node examples/mirror.ts
//
// The readings are synthetic, and the listing says so. The directory `mirror` holds the feed's secret key: keep it.
import { fstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Corestore from 'corestore';
import crypto from 'hypercore-crypto';
import DHT from 'hyperdht';
import Hyperswarm from 'hyperswarm';

const LISTING = process.env.DAZAAR_LISTING ?? 'my-mirrored-sensor';
const MARKET_URL = process.env.DAZAAR_URL ?? 'http://127.0.0.1:8470';
const API_KEY = process.env.DAZAAR_API_KEY ?? '';
const DIRECTORY = process.env.MIRROR_DIRECTORY ?? 'mirror';
const INTERVAL_MS = 1_000;
const WAVE_MS = 60_000;
const LOOPBACK = '127.0.0.1';
const STDIN = 0;

interface FeedState {
  ownership: { provedAtMs: number | null; toSign: { coreKey: string; text: string }[] };
}
interface Market {
  swarm: { seeders: string[]; bootstrap: { host: string; port: number }[] };
}

if (API_KEY === '') throw new Error('set DAZAAR_API_KEY to a seller key (dzr_…)');
endWithParent();

const store = new Corestore(DIRECTORY);
const core = store.get({ name: 'readings' });
await core.ready();
const keyPair = await store.createKeyPair('swarm');
const coreKey = core.key.toString('hex');
const peerKey = keyPair.publicKey.toString('hex');
console.log(`core key ${coreKey}\npeer key ${peerKey}`);

await openToMarket();
await prove((await readState()) ?? (await list()));
console.log(`${MARKET_URL}/v1/listings/${LISTING}`);
for (;;) {
  await core.append(Buffer.from(JSON.stringify(readingAt(Date.now()))));
  await sleep(INTERVAL_MS - (Date.now() % INTERVAL_MS));
}

/** Lets the market's seeders copy the feed, and nobody else: this machine knows nothing of who has paid. */
async function openToMarket(): Promise<void> {
  const { bootstrap } = (await readMarket()).swarm;
  const isLocal = bootstrap.length > 0 && bootstrap.every(({ host }) => host === LOOPBACK);
  const dht = new DHT({
    ...(bootstrap.length > 0 && { bootstrap }),
    ...(isLocal && { host: LOOPBACK }),
  });
  const swarm = new Hyperswarm({ dht, keyPair });
  swarm.on('connection', async (connection) => {
    connection.on('error', () => {});
    const isSeeder = await isSeederKey(connection.remotePublicKey.toString('hex')).catch(
      () => false,
    );
    if (isSeeder) store.replicate(connection);
    else connection.destroy();
  });
  await swarm.listen();
}

/** Shows the market that the writer's key is here: it signs what the market made up for this feed. */
async function prove({ ownership }: FeedState): Promise<void> {
  if (ownership.provedAtMs !== null) return;
  const { text } = ownership.toSign[0]!;
  const signature = crypto.sign(Buffer.from(text), core.keyPair!.secretKey).toString('hex');
  const manifest = core.getManifest({ raw: true })!.toString('hex');
  const proofs = [{ coreKey, signature, manifest }];
  await ask('POST', `/v1/seller/listings/${LISTING}/ownership`, { proofs });
  await ask('POST', `/v1/seller/listings/${LISTING}/publish`);
}

async function list(): Promise<FeedState> {
  await ask('POST', '/v1/seller/listings', {
    slug: LISTING,
    title: 'A sensor on a machine of its own',
    description: 'One synthetic reading a second: a sine of one minute.',
    licence: 'CC0-1.0',
    feed: { origin: 'mirrored', peerKey, cores: [{ role: 'data', key: coreKey }] },
    blockSchema: {
      type: 'object',
      properties: { time: { type: 'string', format: 'date-time' }, value: { type: 'number' } },
    },
    plans: [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '1000' }],
  });
  return (await readState())!;
}

async function readState(): Promise<FeedState | null> {
  const answer = await request('GET', `/v1/seller/listings/${LISTING}/feed`);
  if (answer.status === 404) return null;
  return (await bodyOf(answer)) as FeedState;
}

async function isSeederKey(key: string): Promise<boolean> {
  return (await readMarket()).swarm.seeders.includes(key);
}

async function readMarket(): Promise<Market> {
  return (await ask('GET', '/v1/market')) as Market;
}

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  return bodyOf(await request(method, path, body));
}

function request(method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
  const url = new URL(path, MARKET_URL);
  return fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

async function bodyOf(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error(`the market answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function readingAt(atMs: number) {
  const value = Math.sin((2 * Math.PI * atMs) / WAVE_MS);
  return { time: new Date(atMs).toISOString(), value: Number(value.toFixed(4)) };
}

/** Started by another program, it ends with it, even when that is killed: the pipe between them closes. */
function endWithParent(): void {
  const stdin = fstatSync(STDIN);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.on('end', () => process.exit(0)).resume();
}
