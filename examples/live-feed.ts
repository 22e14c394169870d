// A seller's program in full: append one reading a second to a hosted feed.
//
//   DAZAAR_API_KEY=dzr_… node examples/live-feed.ts
//
// The readings are synthetic, and the listing says so.
import { fstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LISTING = process.env.DAZAAR_LISTING ?? 'live-demo-sensor';
const MARKET_URL = process.env.DAZAAR_URL ?? 'http://127.0.0.1:8470';
const API_KEY = process.env.DAZAAR_API_KEY ?? '';
const INTERVAL_MS = 1_000;
const ANSWER_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 15_000;
const WAVE_MS = 60_000;
const MUST_NOT_REPEAT = new Set([400, 401, 403, 413, 415, 422]);
const STDIN = 0;

if (API_KEY === '') fail(2, 'set DAZAAR_API_KEY to a seller key (dzr_…)');
endWithParent();

for (;;) {
  const atMs = Date.now();
  await append(`reading-${atMs}`, `${JSON.stringify(readingAt(atMs))}\n`);
  // After an outage the next reading is of now: what was missed was never measured.
  await sleep(INTERVAL_MS - (Date.now() % INTERVAL_MS));
}

function readingAt(atMs: number) {
  const value = Math.sin((2 * Math.PI * atMs) / WAVE_MS);
  return { time: new Date(atMs).toISOString(), value: Number(value.toFixed(4)), synthetic: true };
}

/** The batch id makes a repeated request harmless: the market appends a batch once. */
async function append(batchId: string, ndjson: string): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const response = await post(batchId, ndjson);
    if (response?.ok) return;
    if (response && MUST_NOT_REPEAT.has(response.status)) {
      fail(1, `the market refused the reading (${response.status}): ${await response.text()}`);
    }
    const fault = response ? `the market answered ${response.status}` : 'no answer';
    console.error(`live-feed: ${fault} at ${MARKET_URL}; trying again in ${pauseMs / 1000} s`);
    await sleep(pauseMs);
  }
}

/** The market's answer, or null when there was none. */
async function post(batchId: string, body: string): Promise<Response | null> {
  const url = new URL(`/v1/seller/listings/${LISTING}/blocks?batchId=${batchId}`, MARKET_URL);
  const headers = {
    authorization: `Bearer ${API_KEY}`,
    'content-type': 'application/x-ndjson',
    'idempotency-key': batchId,
  };
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  return fetch(url, { method: 'POST', headers, body, signal }).catch(() => null);
}

/** Started by a supervisor, it ends with it, even when that is killed: the pipe between them closes. */
function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
  const stdin = fstatSync(STDIN);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.on('end', () => process.exit(0)).resume();
}

function fail(exitCode: number, message: string): never {
  console.error(`live-feed: ${message}`);
  process.exit(exitCode);
}
