import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';
import * as api from '../client/market.ts';
import {
  type Grant,
  type GrantList,
  grant,
  grantList,
  type KeyCode,
  keyCode,
  type Listing,
  type ListingPage,
  listing,
  listingPage,
  type Market,
  market,
  type NewClaim,
  type NewKeyCode,
  type NewOrder,
  type NewToken,
  type NewTransfer,
  type Order,
  order,
  type PlacedOrder,
  placedOrder,
  problem,
  type Token,
  token,
} from '../contract/index.ts';
import { EXIT } from './exit-codes.ts';
import { Failure, systemCode } from './failure.ts';
import { serverSentEvents } from './server-sent-events.ts';

const ANSWER_TIMEOUT_MS = 15_000;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;
const PASSING = new Set([408, 425, 429, 502, 503, 504]);
const MAX_PROBLEM_LENGTH = 300;

/** The market refused: its problem document in a word (`code`) and a sentence. */
export class MarketRefusal extends Failure {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(EXIT.market, code, message);
    this.status = status;
  }
}

/**
 * The market's HTTP API. Every answer is checked against the contract; what is safe to repeat is repeated a few
 * times while the market is away. All methods throw {@link MarketRefusal} or {@link Failure}.
 */
export class MarketClient {
  readonly url: URL;
  readonly #client: api.Client;

  constructor(url: URL) {
    this.url = url;
    this.#client = api.marketAt(url.href.replace(/\/$/, ''));
    // Answers are read as text, for the contract's own shapes to check.
    this.#client.setConfig({
      fetch: ((request: Request) => this.#send(request)) as typeof fetch,
      parseAs: 'text',
    });
  }

  market(): Promise<Market> {
    return this.#answer(market, api.readMarket);
  }

  listings(query: { q?: string; tag?: string; cursor?: string; limit?: number }) {
    return this.#answer<ListingPage>(listingPage, (to) => api.searchListings({ ...to, query }));
  }

  listing(slug: string): Promise<Listing> {
    return this.#answer(listing, (to) => api.readListing({ ...to, path: { slug } }));
  }

  /** Places an order once, however often it is called with one key. */
  placeOrder(newOrder: NewOrder, idempotencyKey: string): Promise<PlacedOrder> {
    const headers = { 'Idempotency-Key': idempotencyKey };
    const body = newOrder as api.PlaceOrderData['body'];
    return this.#answer(placedOrder, (to) => api.placeOrder({ ...to, headers, body }));
  }

  order(id: string): Promise<Order> {
    return this.#answer(order, (to) => api.readOrder({ ...to, path: { id } }));
  }

  token(newToken: NewToken): Promise<Token> {
    const body = newToken as api.CreateTokenData['body'];
    return this.#answer(token, (to) => api.createToken({ ...to, body }));
  }

  /** What the buyer key of the token was granted. */
  grants(buyerToken: string, slug?: string): Promise<GrantList> {
    const query = slug === undefined ? {} : { listing: slug };
    return this.#answer(grantList, (to) => api.listGrants({ ...to, auth: buyerToken, query }));
  }

  /** Moves a grant to another key. Safe to repeat. */
  transfer(body: NewTransfer): Promise<Grant> {
    return this.#answer(grant, (to) => api.transferGrant({ ...to, body }));
  }

  /** Moves what a claim code stands for to a key. Safe to repeat. */
  claim(body: NewClaim): Promise<Grant> {
    return this.#answer(grant, (to) => api.redeemClaim({ ...to, body }));
  }

  /** A code that tells a key to a browser. Safe to repeat. */
  keyCode(body: NewKeyCode): Promise<KeyCode> {
    return this.#answer(keyCode, (to) => api.createKeyCode({ ...to, body }));
  }

  /** The order at once and after each change, until the market closes the stream or `signal` aborts. */
  async *orderEvents(id: string, signal: AbortSignal): AsyncGenerator<Order> {
    const response = await this.#fetch(new URL(`v1/orders/${id}/events`, directory(this.url)), {
      headers: { accept: 'text/event-stream' },
      signal,
    });
    if (!response.ok || !response.body) throw await refusalIn(response);
    for await (const event of serverSentEvents(response.body)) {
      if (event.name === 'order') yield this.#check(order, parseJson(event.data));
    }
  }

  async #answer<T>(
    shape: ZodType<T>,
    call: (to: { client: api.Client }) => Promise<{ data?: unknown; error?: unknown }>,
  ): Promise<T> {
    const { data, error } = await call({ client: this.#client });
    if (error !== undefined) throw error;
    return this.#check(shape, parseJson(String(data)));
  }

  async #send(request: Request): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === ATTEMPTS;
      try {
        const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
        const response = await this.#fetch(request.clone(), { signal });
        if (response.ok) return response;
        if (last || !isPassing(response)) throw await refusalIn(response);
      } catch (error) {
        if (last || error instanceof MarketRefusal) throw error;
      }
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  async #fetch(request: Request | URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(request, init);
    } catch (cause) {
      throw new Failure(
        EXIT.market,
        'market-unreachable',
        `no market answers at ${this.url.origin} (${reasonOf(cause)})`,
        'start one with npm start, or name another with --market URL',
      );
    }
  }

  #check<T>(shape: ZodType<T>, value: unknown): T {
    const checked = shape.safeParse(value);
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    throw new Failure(
      EXIT.market,
      'market-misbehaves',
      `what answers at ${this.url.origin} is not a Dazaar market of this version (${issue?.path.join('.')}: ${issue?.message})`,
      'check --market URL',
    );
  }
}

// A 409 that says when to come back is of a request that is still being carried out.
const isPassing = ({ status, headers }: Response) =>
  PASSING.has(status) || (status === 409 && headers.has('retry-after'));

// new URL('v1/x', 'http://a/b') would drop the b.
const directory = (url: URL) => (url.href.endsWith('/') ? url.href : `${url.href}/`);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return `no answer in ${ANSWER_TIMEOUT_MS / 1000} s`;
  const deeper = cause.cause instanceof Error ? cause.cause : cause;
  return systemCode(deeper) ?? deeper.message;
}

async function refusalIn(response: Response): Promise<MarketRefusal> {
  const told = problem.safeParse(parseJson(await response.text().catch(() => '')));
  if (!told.success) {
    const status = `${response.status} ${response.statusText}`.trim();
    return new MarketRefusal(response.status, 'unknown', `the market answered ${status}`);
  }
  const { code, title, detail, errors = [] } = told.data;
  const sentences = [detail ?? title, ...errors.map((e) => `${e.pointer} ${e.detail}`)];
  const message = `the market refused: ${sentences.join('; ')}`.slice(0, MAX_PROBLEM_LENGTH);
  return new MarketRefusal(response.status, code, message);
}
