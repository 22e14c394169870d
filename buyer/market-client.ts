import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';
import {
  type Grant,
  type GrantList,
  grant,
  grantList,
  type Listing,
  type ListingPage,
  listing,
  listingPage,
  type Market,
  market,
  type NewClaim,
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

  constructor(url: URL) {
    this.url = url;
  }

  market(): Promise<Market> {
    return this.#get('v1/market', market);
  }

  listings(query: { q?: string; tag?: string; cursor?: string; limit?: number }) {
    return this.#get<ListingPage>(`v1/listings?${queryOf(query)}`, listingPage);
  }

  listing(slug: string): Promise<Listing> {
    return this.#get(`v1/listings/${encodeURIComponent(slug)}`, listing);
  }

  /** Places an order once, however often it is called with one key. */
  placeOrder(newOrder: NewOrder, idempotencyKey: string): Promise<PlacedOrder> {
    return this.#post('v1/orders', placedOrder, newOrder, { 'idempotency-key': idempotencyKey });
  }

  order(id: string): Promise<Order> {
    return this.#get(`v1/orders/${id}`, order);
  }

  token(newToken: NewToken): Promise<Token> {
    return this.#post('v1/tokens', token, newToken);
  }

  /** What the buyer key of the token was granted. */
  grants(buyerToken: string, slug?: string): Promise<GrantList> {
    const query = slug === undefined ? '' : `?${queryOf({ listing: slug })}`;
    const headers = { authorization: `Bearer ${buyerToken}` };
    return this.#request(`v1/grants${query}`, grantList, { headers });
  }

  /** Moves a grant to another key. Safe to repeat. */
  transfer(newTransfer: NewTransfer): Promise<Grant> {
    return this.#post('v1/grants/transfer', grant, newTransfer);
  }

  /** Moves what a claim code stands for to a key. Safe to repeat. */
  claim(newClaim: NewClaim): Promise<Grant> {
    return this.#post('v1/claims', grant, newClaim);
  }

  /** The order at once and after each change, until the market closes the stream or `signal` aborts. */
  async *orderEvents(id: string, signal: AbortSignal): AsyncGenerator<Order> {
    const response = await this.#fetch(`v1/orders/${id}/events`, {
      headers: { accept: 'text/event-stream' },
      signal,
    });
    if (!response.ok || !response.body) throw await refusalIn(response);
    for await (const event of serverSentEvents(response.body)) {
      if (event.name === 'order') yield this.#check(order, parseJson(event.data));
    }
  }

  #get<T>(path: string, shape: ZodType<T>): Promise<T> {
    return this.#request(path, shape, {});
  }

  #post<T>(
    path: string,
    shape: ZodType<T>,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<T> {
    return this.#request(path, shape, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  async #request<T>(path: string, shape: ZodType<T>, init: RequestInit): Promise<T> {
    const response = await this.#fetchPatiently(path, init);
    if (!response.ok) throw await refusalIn(response);
    return this.#check(shape, parseJson(await response.text()));
  }

  async #fetchPatiently(path: string, init: RequestInit): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === ATTEMPTS;
      try {
        const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
        const response = await this.#fetch(path, { ...init, signal });
        if (last || !isPassing(response)) return response;
      } catch (error) {
        if (last) throw error;
      }
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(new URL(path, directory(this.url)), init);
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

function queryOf(query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

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
