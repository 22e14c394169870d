// A seller's program in full: append one reading a second to a hosted feed.
//
//   DAZAAR_API_KEY=dzr_… node examples/live-feed.ts
//
// The readings are synthetic, and the listing says so.
import { setTimeout as sleep } from 'node:timers/promises';

const LISTING = process.env.DAZAAR_LISTING ?? 'live-demo-sensor';
const MARKET_URL = process.env.DAZAAR_URL ?? 'http://127.0.0.1:8470';
const API_KEY = process.env.DAZAAR_API_KEY ?? '';
const INTERVAL_MS = 1_000;
const ANSWER_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 15_000;
const WAVE_MS = 60_000;
const NOT_RETRYABLE = new Set([400, 401, 403, 404, 413, 415, 422]);

if (API_KEY === '') {
  console.error('live-feed: set DAZAAR_API_KEY to a seller key (dzr_…)');
  process.exit(2);
}

exitWithParent();

for (;;) {
  const atMs = Date.now();
  await append(atMs, readingAt(atMs));
  // After an outage the next reading is of now: what was missed was never measured.
  await sleep(INTERVAL_MS - (Date.now() % INTERVAL_MS));
}

function readingAt(atMs: number) {
  const value = Math.sin((2 * Math.PI * atMs) / WAVE_MS);
  return { time: new Date(atMs).toISOString(), value: Number(value.toFixed(4)), synthetic: true };
}

/** The batch id makes a repeated request harmless: the market appends a batch once. */
async function append(atMs: number, reading: object): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const fault = await post(`reading-${atMs}`, `${JSON.stringify(reading)}\n`);
    if (fault === null) return;
    console.error(`live-feed: ${fault}; trying again in ${pauseMs / 1000} s`);
    await sleep(pauseMs);
  }
}

async function post(batchId: string, body: string): Promise<string | null> {
  const url = new URL(`/v1/seller/listings/${LISTING}/blocks?batchId=${batchId}`, MARKET_URL);
  const headers = {
    authorization: `Bearer ${API_KEY}`,
    'content-type': 'application/x-ndjson',
    'idempotency-key': batchId,
  };
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', headers, body, signal });
    const answer = await response.text();
    if (response.ok) return null;
    if (NOT_RETRYABLE.has(response.status)) throw new Refused(`${response.status} ${answer}`);
    return `the market answered ${response.status}`;
  } catch (error) {
    if (error instanceof Refused) {
      console.error(`live-feed: the market refused the reading: ${error.message}`);
      process.exit(1);
    }
    return `no answer from ${MARKET_URL}`;
  }
}

/** Started by a supervisor, it ends with it, also when that is killed: the pipe between them closes. */
function exitWithParent(): void {
  process.on('disconnect', () => process.exit(0));
  if (process.stdin.isTTY) return;
  process.stdin.on('end', () => process.exit(0)).resume();
}
