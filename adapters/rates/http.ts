import { isCurrency } from '../../domain/currency.ts';
import { rateOfBitcoinPrice } from '../../domain/exchange.ts';
import type { Rate, RateSource } from '../../ports/rates.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 256 * 1024;

/**
 * Rates from a JSON document over HTTP: `{ "EUR": 61234.5, "USD": "65000.01" }` is what one bitcoin costs. Members
 * that are no currency or no price are passed over. Its name is the host's: a path may hold an access key.
 */
export function httpRates(url: string): RateSource {
  return { name: new URL(url).host, fetch: () => fetchRates(url) };
}

async function fetchRates(url: string): Promise<Rate[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { accept: 'application/json' };
  const answer = await fetch(url, { signal, headers, redirect: 'error' });
  if (!answer.ok) throw new Error(`the source of rates answered ${answer.status}`);
  const prices: unknown = JSON.parse(await readText(answer));
  if (typeof prices !== 'object' || prices === null) throw new Error('the rates are no object');
  const rates = Object.entries(prices).flatMap(([currency, price]) => rateOf(currency, price));
  if (rates.length === 0) throw new Error('the source told no rate');
  return rates;
}

function rateOf(currency: string, price: unknown): Rate[] {
  if (!isCurrency(currency)) return [];
  // The shortest decimal that reads as this number is the one that was sent.
  const perUnit = rateOfBitcoinPrice(String(price));
  return perUnit === null ? [] : [{ currency, perUnit }];
}

async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the rates are longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
