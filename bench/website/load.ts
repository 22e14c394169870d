import { Agent, get, type IncomingMessage } from 'node:http';
import { percentile } from '../figures.ts';

export interface Answer {
  body: Buffer;
  /** From the request to the first byte of the answer. */
  firstByteMs: number;
}

/** Asks one after another, or some at once, over connections that stay open. */
export class Load {
  readonly #agent: Agent;

  constructor(atOnce: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  }

  /** @throws when the answer is not 200 */
  async ask(url: string, encoding = 'gzip'): Promise<Answer> {
    const startedAtMs = performance.now();
    const headers = { accept: 'text/html,*/*', 'accept-encoding': encoding };
    const res = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { agent: this.#agent, headers }, resolve).on('error', reject);
    });
    const firstByteMs = performance.now() - startedAtMs;
    const chunks: Buffer[] = [];
    for await (const chunk of res) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (res.statusCode !== 200) throw new Error(`${url}: ${res.statusCode} ${body}`);
    return { body, firstByteMs };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Time to first byte, one request after another. */
export async function firstBytes(
  url: string,
  times: number,
): Promise<{ p50: number; p99: number }> {
  const load = new Load(1);
  const all: number[] = [];
  for (let n = 0; n < times; n++) all.push((await load.ask(url)).firstByteMs);
  load.close();
  return { p50: percentile(all, 50), p99: percentile(all, 99) };
}

/** Requests a second, so many at once. */
export async function perSecond(url: string, times: number, atOnce: number): Promise<number> {
  const load = new Load(atOnce);
  let left = times;
  const lane = async () => {
    while (left-- > 0) await load.ask(url);
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  load.close();
  return Math.round((times * 1000) / (performance.now() - startedAtMs));
}
