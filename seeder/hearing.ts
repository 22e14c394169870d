import { rm } from 'node:fs/promises';
import messages from 'autobase/lib/messages.js';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import type Protomux from 'protomux';
import { attach, detach } from './attachment.ts';
import { signersOf, type Testimony, type Witness } from './belonging.ts';
import type { FoundCore } from './read-autobase.ts';

/**
 * Hears what cores say of themselves that an Autobase names, before they belong to it: the first block of each is fetched
 * from the seller's machine, into a store apart. So nothing of them is served, and nothing of another feed is touched.
 */
export class Hearing implements AsyncDisposable {
  readonly #dir: string;
  readonly #heard = new Map<string, Testimony>();
  readonly #asked = new Map<string, Hypercore>();
  #store: Corestore | null = null;
  #isClosed = false;

  /** @param dir where the store lies meanwhile; what is there is removed */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Asks for those of these cores that have not been heard yet, and for no others any more.
   *
   * @param streams those of the seller's machine
   * @returns those that have been heard
   */
  async hear(cores: readonly FoundCore[], streams: readonly Protomux[]): Promise<Witness[]> {
    const ids = new Set(cores.map(({ key }) => key.toString('hex')));
    for (const [id, core] of this.#asked) {
      if (this.#heard.has(id) || !ids.has(id)) await this.#dismiss(id, core, streams);
    }
    const heard: Witness[] = [];
    for (const core of cores) {
      const id = core.key.toString('hex');
      const testimony = this.#asked.has(id) ? null : this.#heard.get(id);
      if (testimony) heard.push({ ...core, ...testimony });
      else if (!this.#isClosed) await this.#ask(core.key, streams);
    }
    if (this.#asked.size === 0) await this.#close();
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#close();
  }

  async #ask(key: Buffer, streams: readonly Protomux[]): Promise<void> {
    const id = key.toString('hex');
    const core = this.#asked.get(id) ?? (await this.#open(key));
    for (const stream of streams) attach(core, stream);
    if (this.#asked.has(id)) return;
    this.#asked.set(id, core);
    core
      .get(0)
      .then((block) => this.#heard.set(id, testify(core, block!)))
      // It is asked no more, or says nothing that can be read: it is not heard.
      .catch(() => {});
  }

  async #open(key: Buffer): Promise<Hypercore> {
    if (!this.#store) await rm(this.#dir, { recursive: true, force: true });
    if (this.#isClosed) throw new Error('nobody is heard any more');
    this.#store ??= new Corestore(this.#dir);
    const core = this.#store.get({ key, writable: false });
    await core.ready();
    return core;
  }

  // Its channels end at once: the copy of a feed may be about to open its own.
  async #dismiss(id: string, core: Hypercore, streams: readonly Protomux[]): Promise<void> {
    this.#asked.delete(id);
    for (const stream of streams) detach(core, stream);
    await core.close();
  }

  async #close(): Promise<void> {
    this.#asked.clear();
    const store = this.#store;
    this.#store = null;
    await store?.close();
    if (store) await rm(this.#dir, { recursive: true, force: true });
  }
}

function testify(core: Hypercore, block: Buffer): Testimony {
  return { ...signersOf(core), system: systemNamed(block)?.toString('hex') ?? null };
}

// What is no block of an Autobase names nothing.
function systemNamed(block: Buffer): Buffer | null {
  try {
    const { digest } = messages.OplogMessage.decode({ start: 0, end: block.length, buffer: block });
    return digest?.key ?? null;
  } catch {
    return null;
  }
}
