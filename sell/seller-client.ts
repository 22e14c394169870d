import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';
import { EXIT } from '../buyer/exit-codes.ts';
import { Failure, systemCode } from '../buyer/failure.ts';
import { MarketRefusal } from '../buyer/market-client.ts';
import * as api from '../client/market.ts';
import {
  type Appended,
  appended,
  card,
  driveFile,
  driveFilePage,
  entriesPut,
  type FeedState,
  feedState,
  type Listing,
  type ListingChange,
  listing,
  type Market,
  market,
  type NewListing,
  type OwnershipProofs,
  ownListingPage,
  problem,
} from '../contract/index.ts';
import { message, messagePage, sentMessage } from '../contract/message.ts';
import { balance } from '../contract/payout.ts';
import { givenGrantPage, salePage } from '../contract/sale.ts';
import type { EpochSeedsJson } from '../protocol/epoch-tree.ts';

const ANSWER_TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5_000;
const PATIENCE_MS = 60_000;
const MAX_RETRY_AFTER_S = 300;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

export interface SellerClientOptions {
  url: string;
  apiKey: string;
  /** Ends the waiting for a market that is busy or away, and long uploads; what is under way otherwise is finished. */
  signal?: AbortSignal;
  /** For how long a market may be away; it may say itself that it takes longer. */
  patienceMs?: number;
  /** Told once when the market has to be waited for, and why. */
  onWait?: (why: string) => void;
}

type Query = Record<string, string | number | undefined>;

/**
 * The seller's half of the HTTP API, of a market or of a shop of one's own. All that is asked of it is safe to repeat,
 * and is repeated while the market is busy or away. Every answer is checked against the contract.
 *
 * @throws {MarketRefusal} when the market refuses, {Failure} when none answers
 */
export class SellerClient {
  readonly url: string;
  readonly #options: SellerClientOptions;
  readonly #client: api.Client;

  constructor(options: SellerClientOptions) {
    this.url = options.url.replace(/\/$/, '');
    this.#options = options;
    this.#client = api.marketAt(this.url, options.apiKey);
    this.#client.setConfig({
      fetch: ((request: Request) =>
        this.#patiently((signal) => fetch(request.clone(), { signal }))) as typeof fetch,
      parseAs: 'text',
    });
  }

  market(): Promise<Market> {
    return this.#answer(market, api.readMarket);
  }

  /** null when there is none of that name, or it is another seller's. */
  async listing(slug: string): Promise<Listing | null> {
    try {
      return await this.#answer(listing, (to) => api.readOwnListing({ ...to, path: { slug } }));
    } catch (error) {
      if (error instanceof MarketRefusal && error.code === 'listing-not-found') return null;
      throw error;
    }
  }

  /** All listings but drafts and what was withdrawn. */
  async listingsOnSale(): Promise<Listing[]> {
    const pages = this.#pages(
      ownListingPage,
      'listings',
      (query) => (to) => api.listOwnListings({ ...to, query }),
    );
    const onSale: Listing[] = [];
    for await (const each of pages) {
      if (each.state === 'live' || each.state === 'unlisted') onSale.push(each);
    }
    return onSale;
  }

  createListing(body: NewListing): Promise<Listing> {
    const headers = { 'Idempotency-Key': randomUUID() };
    const request = { headers, body: body as api.CreateListingData['body'] };
    return this.#answer(listing, (to) => api.createListing({ ...to, ...request }));
  }

  changeListing(slug: string, change: ListingChange): Promise<Listing> {
    const body = change as NonNullable<api.ChangeListingData['body']>;
    const request = { path: { slug }, headers: { 'if-match': '*' }, body };
    return this.#answer(listing, (to) => api.changeListing({ ...to, ...request }));
  }

  publish(slug: string): Promise<Listing> {
    return this.#answer(listing, (to) => api.publishListing({ ...to, path: { slug } }));
  }

  feedState(slug: string): Promise<FeedState> {
    return this.#answer(feedState, (to) => api.readFeedState({ ...to, path: { slug } }));
  }

  /** Shows that the cores of a mirrored feed are written by its seller. Safe to repeat. */
  prove(slug: string, proofs: OwnershipProofs): Promise<FeedState> {
    const body = proofs as NonNullable<api.ProveOwnershipData['body']>;
    return this.#answer(feedState, (to) => api.proveOwnership({ ...to, path: { slug }, body }));
  }

  /** Hands over what opens some epochs of a feed that its seller seals. Safe to repeat. */
  handOverSeeds(slug: string, seeds: readonly EpochSeedsJson[]): Promise<FeedState> {
    const body = { seeds: [...seeds] };
    return this.#answer(feedState, (to) => api.handOverSeeds({ ...to, path: { slug }, body }));
  }

  card(slug: string) {
    return this.#answer(card, (to) => api.readCard({ ...to, path: { slug } }));
  }

  /** Appends once, however often it is called with one batch id and content. */
  appendBlocks(slug: string, batchId: string, body: Uint8Array, type: string): Promise<Appended> {
    return this.#upload(appended, `/v1/seller/listings/${slug}/blocks?batchId=${batchId}`, {
      method: 'POST',
      body: () => body,
      type,
    });
  }

  /** Carries out changes of a Hyperbee once, however often it is called with one batch id and content. */
  putEntries(slug: string, batchId: string, ndjson: Uint8Array) {
    return this.#upload(entriesPut, `/v1/seller/listings/${slug}/entries?batchId=${batchId}`, {
      method: 'POST',
      body: () => ndjson,
      type: 'application/x-ndjson',
    });
  }

  putFile(slug: string, path: string, file: string) {
    const named = path.split('/').map(encodeURIComponent).join('/');
    return this.#upload(driveFile, `/v1/seller/listings/${slug}/files/${named}`, {
      method: 'PUT',
      body: () => Readable.toWeb(createReadStream(file)) as ReadableStream,
      type: 'application/octet-stream',
    });
  }

  files(slug: string) {
    return this.#pages(
      driveFilePage,
      'files',
      (query) => (to) => api.listFiles({ ...to, path: { slug }, query: { ...query, limit: 1000 } }),
    );
  }

  sales(query: { listing?: string | undefined; fromMs?: number | undefined }) {
    return this.#pages(
      salePage,
      'orders',
      (page) => (to) => api.listSales({ ...to, query: { ...given(query), ...page } }),
    );
  }

  /** The same as a file. */
  async salesCsv(query: Query): Promise<ReadableStream<Uint8Array>> {
    const asked = new URLSearchParams(
      Object.entries(given(query)).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const headers = { ...this.#authorization, accept: 'text/csv' };
    const url = `${this.url}/v1/seller/orders?${asked}`;
    const { body } = await this.#patiently((signal) => fetch(url, { headers, signal }));
    if (body === null) throw this.#misbehaves('no body');
    return body;
  }

  grants(query: { listing?: string | undefined }) {
    return this.#pages(
      givenGrantPage,
      'grants',
      (page) => (to) => api.listGivenGrants({ ...to, query: { ...given(query), ...page } }),
    );
  }

  messages(query: { listing?: string; buyerKey?: string; name?: string; unread?: 'true' }) {
    return this.#pages(
      messagePage,
      'messages',
      (page) => (to) => api.listMessages({ ...to, query: { ...query, ...page } }),
    );
  }

  /** To one buyer key, or to all that have access. */
  sendMessage(slug: string, body: api.SendMessageData['body']) {
    const headers = { 'Idempotency-Key': randomUUID() };
    const request = { path: { slug }, headers, body };
    return this.#answer(sentMessage, (to) => api.sendMessage({ ...to, ...request }));
  }

  markRead(seq: string) {
    return this.#answer(message, (to) => api.markMessageRead({ ...to, path: { seq } }));
  }

  balance() {
    return this.#answer(balance, api.readBalance);
  }

  get #authorization() {
    return { authorization: `Bearer ${this.#options.apiKey}` };
  }

  /** What is on all pages, one page at a time. */
  async *#pages<K extends string, T>(
    shape: ZodType<{ [key in K]: T[] } & { nextCursor: string | null }>,
    of: K,
    call: (query: { cursor?: string; limit: number }) => Call,
  ): AsyncGenerator<T> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { [key in K]: T[] } & { nextCursor: string | null } = await this.#answer(
        shape,
        call({ limit: 100, ...(cursor && { cursor }) }),
      );
      yield* page[of];
      cursor = page.nextCursor;
    }
  }

  async #upload<T>(
    shape: ZodType<T>,
    path: string,
    {
      method,
      body,
      type,
    }: { method: string; body: () => Uint8Array | ReadableStream; type: string },
  ): Promise<T> {
    const headers = { ...this.#authorization, 'content-type': type };
    // A file is as long as it is: what waits for an answer is told by the connection.
    const response = await this.#patiently((signal) => {
      const request = { method, headers, body: body(), duplex: 'half', signal };
      return fetch(`${this.url}${path}`, request as RequestInit);
    }, method === 'PUT');
    return this.#check(shape, await response.text());
  }

  async #answer<T>(shape: ZodType<T>, call: Call): Promise<T> {
    const { data, error } = await call({ client: this.#client });
    if (error !== undefined) throw error;
    return this.#check(shape, String(data));
  }

  async #patiently(
    send: (signal: AbortSignal) => Promise<Response>,
    isLong = false,
  ): Promise<Response> {
    const { signal: cancelled, patienceMs = PATIENCE_MS, onWait } = this.#options;
    const giveUpAtMs = Date.now() + patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      const end = isLong ? (cancelled ?? NEVER) : timeout();
      const outcome = await send(end).catch((error: unknown) => error);
      if (outcome instanceof Response && outcome.ok) return outcome;
      const failure =
        outcome instanceof Response ? await refusalIn(outcome) : this.#unreachable(outcome);
      const isPassing = !(failure instanceof MarketRefusal) || PASSING.has(failure.status);
      // A market that wants it slower is not away.
      const isBusy = failure instanceof MarketRefusal && failure.status === 429;
      if (!isPassing || (!isBusy && Date.now() > giveUpAtMs)) throw failure;
      cancelled?.throwIfAborted();
      if (pauseMs === FIRST_PAUSE_MS * 2) onWait?.(failure.message);
      const afterMs = outcome instanceof Response ? retryAfterMs(outcome, failure.code) : null;
      await sleep(afterMs ?? pauseMs, undefined, { ...(cancelled && { signal: cancelled }) });
    }
  }

  #unreachable(cause: unknown): Failure {
    const { origin } = new URL(this.url);
    const message = `no market answers at ${origin} (${reasonOf(cause)})`;
    return new Failure(EXIT.market, 'market-unreachable', message);
  }

  #check<T>(shape: ZodType<T>, text: string): T {
    const checked = shape.safeParse(parseJson(text));
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    throw this.#misbehaves(`${issue?.path.join('.')}: ${issue?.message}`);
  }

  #misbehaves(what: string): Failure {
    const message = `what answers at ${this.url} is not a Dazaar market of this version (${what})`;
    return new Failure(EXIT.market, 'market-misbehaves', message);
  }
}

type Call = (to: { client: api.Client }) => Promise<{ data?: unknown; error?: unknown }>;

const NEVER = new AbortController().signal;
const timeout = () => AbortSignal.timeout(ANSWER_TIMEOUT_MS);

function given<T extends Query>(query: T): { [K in keyof T]: NonNullable<T[K]> } {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: NonNullable<T[K]> };
}

async function refusalIn(response: Response): Promise<MarketRefusal> {
  const { status, statusText } = response;
  const told = problem.safeParse(parseJson(await response.text().catch(() => '')));
  if (!told.success) {
    return new MarketRefusal(status, 'unknown', `the market answered ${status} ${statusText}`);
  }
  const { code, title, detail, errors = [] } = told.data;
  const sentences = [detail ?? title, ...errors.map((each) => `${each.pointer} ${each.detail}`)];
  return new MarketRefusal(status, code, `the market refused: ${sentences.join('; ')}`);
}

/** A feed that was made just now is ready much sooner than a market in need is back. */
function retryAfterMs({ headers }: Response, code: string): number | null {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (code === 'feed-not-ready' || !(seconds >= 0)) return null;
  return Math.min(seconds, MAX_RETRY_AFTER_S) * 1000;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${ANSWER_TIMEOUT_MS / 1000} s`;
  const deeper = error.cause instanceof Error ? error.cause : error;
  return systemCode(deeper) ?? deeper.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
