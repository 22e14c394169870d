import assert from 'node:assert/strict';
import { type Client, marketAt } from '../../client/market.ts';
import type { OpenApiDocument } from '../../contract/openapi/document.ts';
import type { Operation } from '../../contract/operation.ts';
import { operations } from '../../contract/operations/index.ts';
import { problem } from '../../contract/problem.ts';
import { operationTable } from '../../http/operation-table.ts';

const SHARED = '#/components/responses/';

/** What the document says of an answer. */
interface Said {
  mediaTypes: string[];
  headers: string[];
}
const NOTHING: Said = { mediaTypes: [], headers: [] };

const table = operationTable(operations);

/** Sees to it that a market answers as its OpenAPI document says, and remembers what it has answered. */
export class Witness {
  readonly #document: OpenApiDocument;
  readonly #seen = new Set<string>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
  }

  /** A program with an API key or a buyer token; without one, anybody. */
  client(baseUrl: string, token?: string): Client {
    return this.#watching(marketAt(baseUrl, token), fetch);
  }

  /** A browser on a page of the market: it keeps the cookie, and says where its requests come from. */
  browser(baseUrl: string): Client {
    let cookie = '';
    return this.#watching(marketAt(baseUrl), async (request) => {
      if (cookie) request.headers.set('cookie', cookie);
      if (request.method !== 'GET') request.headers.set('origin', baseUrl);
      const answer = await fetch(request);
      for (const line of answer.headers.getSetCookie()) cookie = line.split(';')[0]!;
      return answer;
    });
  }

  /** What the document says of successes and no answer has shown: statuses, media types and headers. */
  missing(): string[] {
    return operations.flatMap((operation) => {
      const { id, success } = operation;
      const statuses = [success.status, ...Object.keys(success.also ?? {}).map(Number)];
      const said = statuses
        .filter((status) => status < 400)
        .flatMap((status) => {
          const { mediaTypes, headers } = this.#answerOf(operation, status) ?? NOTHING;
          return ['', ...mediaTypes, ...headers].map((what) => nameOf(id, status, what));
        });
      return said.filter((name) => !this.#seen.has(name));
    });
  }

  #watching(client: Client, send: (request: Request) => Promise<Response>): Client {
    const watched = async (request: Request) => {
      const answer = await send(request);
      await this.#check(request, answer);
      return answer;
    };
    client.setConfig({ fetch: watched as typeof fetch });
    return client;
  }

  async #check({ method, url }: Request, answer: Response): Promise<void> {
    const { pathname: path } = new URL(url);
    const operation = table.find({ method, path });
    assert.ok(operation, `${method} ${path} is no operation`);
    const { id } = operation;
    const says = this.#answerOf(operation, answer.status);
    assert.ok(says, `${id} answers ${answer.status}, which it does not document`);
    const mediaType = answer.headers.get('content-type')?.split(';')[0] ?? '';
    const isSaid = mediaType ? says.mediaTypes.includes(mediaType) : !says.mediaTypes.length;
    assert.ok(isSaid, `${id} answers ${answer.status} with ${mediaType}, not ${says.mediaTypes}`);
    if (mediaType === 'application/json') await checkBody(operation, answer.clone());
    if (mediaType === 'application/problem+json') problem.parse(await answer.clone().json());
    const headers = says.headers.filter((name) => answer.headers.has(name));
    for (const what of ['', mediaType, ...headers]) {
      this.#seen.add(nameOf(id, answer.status, what));
    }
  }

  /** undefined when the document knows no such answer. */
  #answerOf({ path, method }: Operation, status: number): Said | undefined {
    const { paths = {}, components } = this.#document;
    const answer = paths[path.replaceAll('+}', '}')]?.[method]?.responses?.[status];
    const whole =
      answer && '$ref' in answer
        ? components?.responses?.[answer.$ref.slice(SHARED.length)]
        : answer;
    if (!whole || '$ref' in whole) return undefined;
    const { content = {}, headers = {} } = whole;
    return { mediaTypes: Object.keys(content), headers: Object.keys(headers) };
  }
}

function nameOf(id: string, status: number, what: string): string {
  return `${id} ${status} ${what}`.trimEnd();
}

/** A field that the schema does not have is missing from what was parsed, however deep it stands. */
async function checkBody({ id, success }: Operation, answer: Response): Promise<void> {
  const body = await answer.json();
  assert.ok(success.body, `${id} has a body`);
  assert.deepEqual(success.body.parse(body), body, `${id} answers with more than it documents`);
}

/** What an operation of the client answered with success; anything else is a failure. */
export async function got<T>(call: Promise<{ data?: T; error?: unknown }>) {
  const { data, error } = await call;
  if (error !== undefined) throw error instanceof Error ? error : new Error(JSON.stringify(error));
  return data as NonNullable<T>;
}
