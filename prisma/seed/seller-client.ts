import { randomUUID } from 'node:crypto';
import {
  appendBlocks,
  type Client,
  type CreateListingData,
  createListing,
  marketAt,
  type Problem,
  publishListing,
  putEntries,
  putFile,
  readListing,
} from '../../client/market.ts';
import type { Dataset, SampleFile } from './dataset.ts';
import { patientFetch } from './patient-fetch.ts';

/** The market refused a request; `code` is the problem document's. */
export class SellerRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor({ status, code, title, detail, errors = [] }: Problem) {
    const faults = errors.map((fault) => `${fault.pointer} ${fault.detail}`);
    super([detail ?? title, ...faults].join('; '));
    this.status = status;
    this.code = code;
  }
}

/** The seller's half of the REST API: what is safe to repeat is repeated for up to a minute. */
export class SellerClient {
  readonly #client: Client;

  constructor({ baseUrl, apiKey }: { baseUrl: string; apiKey: string }) {
    this.#client = marketAt(baseUrl, apiKey);
    this.#client.setConfig({ fetch: patientFetch as typeof fetch });
  }

  /** Whether buyers see the listing, which is the last step of putting it up. */
  async isPublished(slug: string): Promise<boolean> {
    const answer = await readListing({ client: this.#client, path: { slug } });
    if (answer.error?.code === 'listing-not-found') return false;
    return dataOf(answer).state === 'live';
  }

  /** Makes the draft; a slug that is taken counts as made. @throws SellerRefusal */
  async createListing(listing: Dataset['listing']): Promise<void> {
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = listing as CreateListingData['body'];
    const answer = await createListing({ client: this.#client, headers, body });
    if (answer.error?.code !== 'slug-taken') dataOf(answer);
  }

  /** Appends blocks once, however often it is called with one batch id. @throws SellerRefusal */
  async appendBlocks(slug: string, batchId: string, ndjson: string) {
    return dataOf(
      await appendBlocks({
        client: this.#client,
        path: { slug },
        query: { batchId },
        headers: { 'Content-Type': 'application/x-ndjson' },
        body: ndjson,
        bodySerializer: null,
      }),
    );
  }

  /** Puts all entries into a Hyperbee, once, however often it is called with one batch id. @throws SellerRefusal */
  async putEntries(
    slug: string,
    batchId: string,
    entries: readonly { key: string; value: unknown }[],
  ): Promise<void> {
    const body = entries.map(({ key, value }) => ({ op: 'put' as const, key, value }));
    const query = { batchId };
    dataOf(await putEntries({ client: this.#client, path: { slug }, query, body }));
  }

  /** Puts a file into a Hyperdrive; the same again changes nothing. @throws SellerRefusal */
  async putFile(slug: string, { path, contentType, text }: SampleFile): Promise<void> {
    dataOf(
      await putFile({
        client: this.#client,
        path: { slug, path },
        headers: { 'Content-Type': contentType },
        body: new Blob([text]),
      }),
    );
  }

  /** Puts the draft on sale; on sale already is as good. @throws SellerRefusal */
  async publish(slug: string): Promise<void> {
    dataOf(await publishListing({ client: this.#client, path: { slug } }));
  }
}

function dataOf<T>({ data, error }: { data: T; error: Problem | undefined }): NonNullable<T> {
  if (error instanceof Error) throw error;
  if (error) throw new SellerRefusal(error);
  if (data == null) throw new Error('the market answered with nothing');
  return data;
}
