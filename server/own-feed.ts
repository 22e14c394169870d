import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import * as operations from '../contract/operations/gateway.ts';
import { tokenForKey } from '../flow/issue-token.ts';
import type { ShelfGrant } from '../flow/read-shelf.ts';
import { BLOCK_HEADER_BYTES } from '../protocol/block-batch.ts';
import type { ServerDeps } from './deps.ts';
import { askGateway, readJson } from './gateway-client.ts';

/**
 * Why nothing could be read: access is over by the gate's word, other machines have the places of the plan, or no gateway
 * answers as it should.
 */
export type Trouble = { trouble: 'over' | 'full' | 'away' };

export interface Block {
  index: number;
  byteLength: number;
  /** null: too large for a page. */
  bytes: Buffer | null;
}

export interface BlockPage {
  /** As many as were asked for, or as fit into a page. */
  blocks: Block[];
  /** How many blocks the feed has. */
  length: number;
}

export interface Folder {
  folders: string[];
  files: { path: string; byteLength: number }[];
  /** What the next page begins behind; null on the last one. */
  next: string | null;
}

type Ask = Omit<Parameters<typeof askGateway>[1], 'token' | 'address' | 'signal' | 'path'>;

const PAGE_BYTES = 2 * 1024 * 1024;
const LIST_LIMIT = 200;
const FOLDER_ROWS = 100;
/** Each folder that is passed over costs a request. */
const FOLDER_REQUESTS = 40;
/** Comes behind any character of a path. */
const LAST = '\u{10ffff}';

/**
 * What somebody bought, read as anybody reads it: through a seeder's gateway, by the key's own token, so that the one
 * gate decides.
 */
export class OwnFeed {
  readonly #deps: ServerDeps;
  readonly #grant: ShelfGrant;
  readonly #address: string | undefined;
  readonly #signal: AbortSignal;

  /** @param signal aborts what is being read when the visitor goes */
  constructor(
    deps: ServerDeps,
    grant: ShelfGrant,
    address: string | undefined,
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#grant = grant;
    this.#address = address;
    this.#signal = signal;
  }

  /** Asks for something of the feed, by its path behind `/v1/feeds/{feedId}/`. */
  async ask(path: string, more: Ask = {}): Promise<IncomingMessage | null> {
    const token = await tokenForKey(this.#deps, this.#grant);
    return askGateway(this.#deps.prisma, {
      path: `/v1/feeds/${this.#grant.feedId}/${path}`,
      token,
      address: this.#address,
      signal: this.#signal,
      ...more,
    });
  }

  /** Blocks from `start` on, which counts from the end when it is negative. */
  async blocks(start: number, count: number): Promise<BlockPage | Trouble> {
    const end = start < 0 && start + count >= 0 ? '' : `&end=${start + count}`;
    const accept = 'application/vnd.dazaar.blocks';
    const answer = await this.ask(`blocks?start=${start}${end}`, { headers: { accept } });
    if (answer?.statusCode !== 200) return troubleOf(answer);
    const { 'dazaar-length': length, 'dazaar-range': range = '' } = answer.headers;
    const first = Number(String(range).split('-')[0]);
    try {
      return { blocks: await readBlocks(answer, first), length: Number(length) };
    } catch {
      return { trouble: 'away' };
    }
  }

  /** Whether there are entries to read: what an Autobase's view is, the gateway knows. */
  async hasEntries(): Promise<boolean> {
    const answer = await this.ask('entries?limit=1');
    answer?.destroy();
    return answer?.statusCode === 200;
  }

  /** A page of a Hyperbee's entries. */
  entries(query: URLSearchParams) {
    return this.#json(`entries?${query}`, operations.listEntries.success.body);
  }

  /**
   * What lies directly in a folder of a Hyperdrive. The gateway lists whole trees in the order of their paths: of each
   * folder that is met the rest is jumped over.
   *
   * @param folder begins and ends with `/`
   * @param after where the page before ended
   */
  async folder(folder: string, after: string): Promise<Folder | Trouble> {
    const found: Folder = { folders: [], files: [], next: null };
    let at = after;
    for (let requests = 0; requests < FOLDER_REQUESTS; requests += 1) {
      const query = new URLSearchParams({ prefix: folder, limit: String(LIST_LIMIT) });
      if (at !== '') query.set('after', at);
      const page = await this.#json(`files?${query}`, operations.listFiles.success.body);
      if ('trouble' in page) return page;
      for (const file of page.files) {
        if (at !== '' && file.path <= at) continue;
        if (found.folders.length + found.files.length === FOLDER_ROWS)
          return { ...found, next: at };
        const name = folderIn(file.path, folder);
        if (name === null) found.files.push(file);
        else found.folders.push(name);
        at = name === null ? file.path : `${folder}${name}/${LAST}`;
      }
      if (!page.more) return found;
    }
    return { ...found, next: at };
  }

  async #json<S extends z.ZodType>(path: string, shape: S): Promise<z.output<S> | Trouble> {
    const answer = await this.ask(path);
    if (answer?.statusCode !== 200) return troubleOf(answer);
    return readJson(answer, shape).catch((): Trouble => ({ trouble: 'away' }));
  }
}

/** The folder within `folder` that a path lies in; null when it lies in that itself. */
function folderIn(path: string, folder: string): string | null {
  const rest = path.slice(folder.length);
  const slash = rest.indexOf('/');
  return slash === -1 ? null : rest.slice(0, slash);
}

function troubleOf(answer: IncomingMessage | null): Trouble {
  answer?.destroy();
  if (isOver(answer)) return { trouble: 'over' };
  return { trouble: isFull(answer) ? 'full' : 'away' };
}

/** Whether the gateway says that access is over: no live grant, or a token that ended with it. */
export function isOver(answer: IncomingMessage | null): boolean {
  return answer?.statusCode === 402 || answer?.statusCode === 401;
}

/** Whether the gateway says that it answers enough at the moment: other machines read, or too many requests are open. */
export function isFull(answer: IncomingMessage | null): boolean {
  return answer?.statusCode === 429;
}

/** Reads blocks until a page is full of them. */
async function readBlocks(answer: IncomingMessage, first: number): Promise<Block[]> {
  const blocks: Block[] = [];
  let bytes = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.byteLength >= BLOCK_HEADER_BYTES) {
      const index = first + blocks.length;
      const byteLength = rest.readUInt32BE(0);
      const end = BLOCK_HEADER_BYTES + byteLength;
      bytes += byteLength;
      if (bytes > PAGE_BYTES) {
        if (blocks.length === 0) blocks.push({ index, byteLength, bytes: null });
        return blocks;
      }
      if (rest.byteLength < end) {
        bytes -= byteLength;
        break;
      }
      blocks.push({ index, byteLength, bytes: rest.subarray(BLOCK_HEADER_BYTES, end) });
      rest = rest.subarray(end);
    }
  }
  return blocks;
}
