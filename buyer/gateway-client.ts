import { problem } from '../contract/index.ts';
import { head } from '../contract/operations/gateway.ts';
import { decodeBlocks, MalformedBatch } from '../protocol/block-batch.ts';
import { epochSeedsJson, readSeeds } from '../protocol/epoch-tree.ts';
import { Keyring } from '../protocol/keyring.ts';
import { InvalidProof, type ProvenRange, verifyRange } from '../protocol/range-proof.ts';
import { SealError } from '../protocol/seal-error.ts';
import { SEAL_BYTES, SealedBlocks } from '../protocol/sealed-blocks.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';

const MEDIA_TYPE = 'application/vnd.dazaar.blocks';
const FIRST_WINDOW = 16;
const MAX_WINDOW = 1_024;
const WINDOW_BYTES = 4 * 1024 * 1024;
// A window is held in memory until it is proven.
const MAX_BYTES = 64 * 1024 * 1024;
const SILENCE_MS = 30_000;

/** The gateway refused: the code of its problem document, and the L402 challenge if it came with one. */
export class GatewayRefusal extends Failure {
  readonly status: number;
  readonly challenge: string | null;

  constructor(status: number, code: string, message: string, challenge: string | null) {
    super(exitCodeOf(status, code), code, message);
    this.status = status;
    this.challenge = challenge;
  }
}

function exitCodeOf(status: number, code: string): ExitCode {
  if (code === 'too-many-connections') return EXIT.tooMany;
  return status === 402 ? EXIT.noAccess : EXIT.market;
}

/** The gateway served what the writer of the feed has not signed, or not all of it. */
export class GatewayFraud extends Failure {
  constructor(message: string) {
    super(EXIT.market, 'gateway-fraud', `the gateway cannot be trusted: ${message}`);
  }
}

/** A feed at the gateways of a market: all serve the same, and one that is gone or behind is passed over. */
export interface GatewayFeed {
  /** The origins of the gateways, at least one: the first is asked first. */
  gateways: readonly URL[];
  feedId: string;
  /** The key of the core, from a source that the gateway has no hand in: 32 bytes. */
  coreKey: Uint8Array;
  /** Whether its blocks are sealed: they are fetched so, verified, and opened here. */
  isSealed: boolean;
  /** An Authorization header that is good at the time of asking: `Bearer …` or `L402 …`; null for what is open to anybody. */
  authorize: () => Promise<string | null>;
}

/**
 * Reads the blocks from `start` to before `end` (all that are signed when it begins, if not given) over HTTP. Each is
 * verified against the core's key before it is yielded: a gateway can withhold blocks, but neither change, drop, swap
 * nor invent one without being found out.
 *
 * @throws {GatewayRefusal} when there is no access, or no longer
 * @throws {GatewayFraud} when what came is not what the writer signed
 */
export async function* fetchBlocks(
  feed: GatewayFeed,
  { start, end, signal }: { start: number; end?: number | undefined; signal?: AbortSignal },
): AsyncGenerator<{ index: number; block: Buffer }, void, void> {
  let known: ProvenRange | null = null;
  let until = end;
  let window = FIRST_WINDOW;
  const turn = new Turn(feed.gateways);
  const open = feed.isSealed ? opener(feed, turn, signal) : null;
  for (let at = start; until === undefined || at < until; ) {
    const wanted = Math.min(at + window, until ?? Number.MAX_SAFE_INTEGER);
    const { blocks, proven } = await turn.ask(async (gateway, isAnother) => {
      const fetched = await fetchWindow(feed, gateway, at, wanted, signal);
      checkHistory(known, fetched.proven, isAnother);
      const isShort =
        fetched.blocks.length === 0 && at < Math.min(wanted, fetched.proven?.length ?? 0);
      if (isShort && feed.gateways.length > 1) throw behind();
      if (isShort) throw new GatewayFraud(`it withholds block ${at}`);
      return fetched;
    });
    known = proven;
    until = Math.min(until ?? Number.MAX_SAFE_INTEGER, proven?.length ?? 0);
    for (const block of blocks) {
      yield { index: at, block: open ? await open(at, block) : block };
      at += 1;
    }
    window = nextWindow(window, blocks);
  }
}

/** Whose turn it is to be asked: the one that answered last, until it does not. */
class Turn {
  readonly #gateways: readonly URL[];
  #at = 0;
  #answeredAt: number | null = null;

  constructor(gateways: readonly URL[]) {
    this.#gateways = gateways;
  }

  /** @throws what the last one threw, when none can answer */
  async ask<T>(of: (gateway: URL, isAnother: boolean) => Promise<T>): Promise<T> {
    for (let failed = 1; ; failed++) {
      const isAnother = this.#answeredAt !== null && this.#answeredAt !== this.#at;
      try {
        const answer = await of(this.#gateways[this.#at]!, isAnother);
        this.#answeredAt = this.#at;
        return answer;
      } catch (error) {
        if (!isForOthers(error) || failed >= this.#gateways.length) throw error;
        this.#at = (this.#at + 1) % this.#gateways.length;
      }
    }
  }
}

// Another gateway may be up, or have what this one has not got yet.
function isForOthers(error: unknown): boolean {
  if (error instanceof GatewayRefusal) return error.status === 503;
  return error instanceof Failure && error.exitCode === EXIT.noSeeder;
}

async function fetchWindow(
  feed: GatewayFeed,
  gateway: URL,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<{ blocks: Buffer[]; proven: ProvenRange | null }> {
  const range = `start=${start}&end=${end}${feed.isSealed ? '&sealed=true' : ''}`;
  const answer = await ask(feed, gateway, `blocks?${range}`, signal);
  const bytes = await readBody(answer);
  const header = answer.headers.get('dazaar-proof');
  // Nothing was ever signed of a core that is empty.
  if (header === null && bytes.length === 0) return { blocks: [], proven: null };
  if (header === null) throw new GatewayFraud('there is no proof with the blocks');
  const blocks = wholeBlocks(bytes);
  try {
    if (!blocks) throw new InvalidProof('they end in the middle of one');
    const proven = verifyRange(feed.coreKey, Buffer.from(header, 'base64url'), blocks);
    // Asked for more than there is, it starts where the core ends.
    const isAsked = proven.start === Math.min(start, proven.length) && proven.end <= end;
    if (!isAsked) throw new InvalidProof('these are other blocks than were asked for');
    return { blocks, proven };
  } catch (error) {
    if (!(error instanceof InvalidProof)) throw error;
    // A body that access ended under is short too; then the gateway says so.
    await ask(feed, gateway, 'head', signal);
    throw new GatewayFraud(`blocks ${start} to ${end} are not proven: ${error.message}`);
  }
}

/** Opens verified blocks, with the seeds that a gateway gives; those are asked for when a block is beyond all that came. */
function opener(feed: GatewayFeed, turn: Turn, signal: AbortSignal | undefined) {
  const keyring = new Keyring();
  const core = { key: Buffer.from(feed.coreKey), state: { length: 0 } };
  const keyComes = async (epoch: number) => {
    const bytes = await turn.ask(async (gateway) =>
      readBody(await ask(feed, gateway, 'head', signal)),
    );
    const { data } = head.safeParse(jsonOf(bytes));
    for (const sent of data?.seal?.seeds ?? []) {
      const seeds = epochSeedsJson.safeParse(sent);
      if (seeds.success) keyring.add(readSeeds(seeds.data));
    }
    return keyring.keyOf(epoch);
  };
  const sealed = new SealedBlocks({ keyOf: (epoch) => keyring.keyOf(epoch), keyComes });
  return async (index: number, block: Buffer): Promise<Buffer> => {
    try {
      await sealed.decrypt(index, block, core);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      if (error.code === 'no-key') throw new Failure(EXIT.noAccess, 'no-key', error.message);
      throw new GatewayFraud(`its keys do not open what the writer signed: ${error.message}`);
    }
    return block.subarray(SEAL_BYTES);
  };
}

async function ask(
  { feedId, authorize }: GatewayFeed,
  gateway: URL,
  path: string,
  signal?: AbortSignal,
): Promise<Response> {
  const authorization = await authorize();
  const accept = `${MEDIA_TYPE}, application/json`;
  const headers = { accept, ...(authorization !== null && { authorization }) };
  const silence = AbortSignal.timeout(SILENCE_MS);
  const either = signal ? AbortSignal.any([signal, silence]) : silence;
  const answer = await fetch(new URL(`/v1/feeds/${feedId}/${path}`, gateway), {
    headers,
    signal: either,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Failure(
      EXIT.noSeeder,
      'gateway-unreachable',
      `no gateway answers at ${gateway.origin}`,
    );
  });
  if (answer.ok) return answer;
  const { data } = problem.safeParse(await answer.json().catch(() => null));
  throw new GatewayRefusal(
    answer.status,
    data?.code ?? 'gateway-refused',
    data?.detail ?? `the gateway answers with ${answer.status}`,
    answer.headers.get('www-authenticate'),
  );
}

async function readBody(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES)
        throw new GatewayFraud(`it sends more than ${MAX_BYTES} bytes at once`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT.noSeeder, 'gateway-broke-off', 'the gateway broke off; try again');
  }
  return Buffer.concat(chunks);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return null;
  }
}

function wholeBlocks(bytes: Buffer): Buffer[] | null {
  try {
    return decodeBlocks(bytes);
  } catch (error) {
    if (error instanceof MalformedBatch) return null;
    throw error;
  }
}

// A writer that truncates signs another fork; an older head than before is one that was kept back, or a copy's that is
// behind.
function checkHistory(
  before: ProvenRange | null,
  now: ProvenRange | null,
  isAnother: boolean,
): void {
  if (!before || (now && now.fork === before.fork && now.length >= before.length)) return;
  if (isAnother && (!now || now.fork === before.fork)) {
    throw behind();
  }
  throw new GatewayFraud('the feed has another history than a moment ago');
}

function behind(): Failure {
  return new Failure(EXIT.noSeeder, 'gateway-behind', 'the gateway has not got all blocks yet');
}

function nextWindow(window: number, blocks: readonly Buffer[]): number {
  const average = blocks.reduce((sum, block) => sum + block.byteLength, 1) / (blocks.length || 1);
  return Math.max(1, Math.min(2 * window, MAX_WINDOW, Math.floor(WINDOW_BYTES / average)));
}
