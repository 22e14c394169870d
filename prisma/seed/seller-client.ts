import { setTimeout as sleep } from 'node:timers/promises';
import { appended, problem } from '../../contract/index.ts';
import type { Dataset } from './dataset.ts';

const ANSWER_TIMEOUT_MS = 30_000;
const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/** The market refused a request; `code` is the problem document's. */
export class SellerRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Seller {
  baseUrl: string;
  apiKey: string;
}

/** The seller's half of the REST API: what is safe to repeat is repeated for up to a minute. */
export class SellerClient {
  readonly #seller: Seller;

  constructor(seller: Seller) {
    this.#seller = seller;
  }

  /** Whether buyers see the listing, which is the last step of putting it up. */
  async isPublished(slug: string): Promise<boolean> {
    const response = await this.#send('GET', `/v1/listings/${slug}`);
    if (response.status === 404) return false;
    await refuseUnlessOk(response);
    return true;
  }

  /** Makes the draft; a slug that is taken counts as made. @throws SellerRefusal */
  async createListing(listing: Dataset['listing']): Promise<void> {
    const response = await this.#send('POST', '/v1/seller/listings', {
      body: JSON.stringify(listing),
      contentType: 'application/json',
    });
    if (response.status !== 409) return refuseUnlessOk(response);
    const refusal = await refusalIn(response);
    if (refusal.code !== 'slug-taken') throw refusal;
  }

  /** Appends blocks once, however often it is called with one batch id. @throws SellerRefusal */
  async appendBlocks(slug: string, batchId: string, ndjson: string) {
    const path = `/v1/seller/listings/${slug}/blocks?batchId=${encodeURIComponent(batchId)}`;
    const response = await this.#send('POST', path, {
      body: ndjson,
      contentType: 'application/x-ndjson',
      idempotencyKey: batchId,
    });
    await refuseUnlessOk(response);
    return appended.parse(await response.json());
  }

  /** Puts the draft on sale; on sale already is as good. @throws SellerRefusal */
  async publish(slug: string): Promise<void> {
    const response = await this.#send('POST', `/v1/seller/listings/${slug}/publish`, {
      idempotencyKey: `seed-publish-${slug}`,
    });
    await refuseUnlessOk(response);
  }

  async #send(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    const giveUpAtMs = Date.now() + PATIENCE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      const outcome = await this.#try(method, path, options);
      if (outcome instanceof Response && !isPassing(outcome.status)) return outcome;
      if (Date.now() > giveUpAtMs) {
        if (outcome instanceof Response) return outcome;
        throw outcome;
      }
      await sleep(pauseMs);
    }
  }

  async #try(method: string, path: string, options: SendOptions): Promise<Response | Error> {
    const { body, contentType, idempotencyKey } = options;
    try {
      return await fetch(new URL(path, this.#seller.baseUrl), {
        method,
        headers: {
          authorization: `Bearer ${this.#seller.apiKey}`,
          ...(contentType && { 'content-type': contentType }),
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

interface SendOptions {
  body?: string;
  contentType?: string;
  idempotencyKey?: string;
}

const isPassing = (status: number) => status === 408 || status === 429 || status >= 500;

async function refuseUnlessOk(response: Response): Promise<void> {
  if (!response.ok) throw await refusalIn(response);
}

async function refusalIn(response: Response): Promise<SellerRefusal> {
  const told = problem.safeParse(await response.json().catch(() => null));
  if (!told.success) return new SellerRefusal(response.status, 'unknown', response.statusText);
  const { code, title, detail, errors = [] } = told.data;
  const faults = errors.map((fault) => `${fault.pointer} ${fault.detail}`);
  return new SellerRefusal(response.status, code, [detail ?? title, ...faults].join('; '));
}
