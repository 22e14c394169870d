import messages from 'autobase/lib/messages.js';
import SystemView from 'autobase/lib/system.js';
import type Hypercore from 'hypercore';

/** How many cores of an Autobase are found and served: as many as a buyer is told of. */
export const MAX_CORES = 256;

// Writers that are named further back stand in the system core.
const SCANNED_BLOCKS = 64;
const PREFIX_DIGITS = 16;
// Of a core that is being closed.
const PASSING = new Set(['SESSION_CLOSED', 'REQUEST_CANCELLED']);

/**
 * A core of an Autobase, and what it is there: `data` (the bootstrap, its first writer), `writer-KEYPREFIX`, `system`
 * (who writes, and which the views are) and `view-N` (what the writers' blocks come to). When indexers join or go, others
 * take the place of the last two and go on from there: those before stay as `system-KEYPREFIX` and `past-view-KEYPREFIX`.
 */
export interface FoundCore {
  role: string;
  key: Buffer;
}

/** What is known of an Autobase. */
export interface Found {
  cores: FoundCore[];
  /** How far the system core was read. */
  systemLength: number;
}

/** It is encrypted, or of a version that is not known here. */
export class Unreadable extends Error {
  constructor(cause: unknown) {
    super('the Autobase cannot be read', { cause });
  }
}

interface System {
  /** Where its last signed batch ends, as far as that is known. */
  target: number;
  readTo: number;
  views: Buffer[];
}

/**
 * Finds the cores of an Autobase without the seller's code, in the blocks that have been copied: each writer's blocks name
 * the writers that they follow and the system core, and that names all members and the views.
 */
export class AutobaseReader {
  readonly #writers = new Map<string, Buffer>();
  readonly #systems = new Map<string, System>();
  readonly #scannedTo = new Map<string, number>();

  /** @param cores those that are copied already, by their roles. @throws Unreadable */
  async read(cores: ReadonlyMap<string, Hypercore>): Promise<Found> {
    for (const [role, core] of cores) {
      if (role === 'data' || role.startsWith('writer-')) await this.#scan(core);
    }
    let current: Hypercore | null = null;
    for (const [role, core] of cores) {
      if (role !== 'system' && !role.startsWith('system-')) continue;
      const { readTo } = await this.#readSystem(core);
      if (readTo > 0 && readTo >= this.#lengthOf(current)) current = core;
    }
    return { cores: this.#found(cores, current), systemLength: this.#lengthOf(current) };
  }

  /** Takes a core for a system core, also when none that has been copied names it. */
  nameSystem(key: Buffer): void {
    const id = key.toString('hex');
    if (this.#systems.has(id) || this.#systems.size >= MAX_CORES) return;
    this.#systems.set(id, { target: 0, readTo: 0, views: [] });
  }

  #lengthOf(core: Hypercore | null): number {
    return core ? this.#systems.get(core.key.toString('hex'))!.readTo : 0;
  }

  async #scan(core: Hypercore): Promise<void> {
    const id = core.key.toString('hex');
    const end = core.contiguousLength;
    const start = Math.max(this.#scannedTo.get(id) ?? 0, end - SCANNED_BLOCKS);
    this.#name(core.key);
    for (let index = start; index < end; index += 1) {
      const { node } = await readBlock(core, index);
      for (const { key } of node.heads) this.#name(key);
    }
    if (end > start) await this.#nameSystem(core, end);
    this.#scannedTo.set(id, end);
  }

  #name(writer: Buffer): void {
    if (this.#writers.size < MAX_CORES) this.#writers.set(writer.toString('hex'), writer);
  }

  // Only indexers name it, in the block in which it changed; later ones point back to that.
  async #nameSystem(core: Hypercore, length: number): Promise<void> {
    const { digest } = await readBlock(core, length - 1);
    if (!digest) return;
    const at = length - 1 - digest.pointer;
    const key = digest.key ?? (at >= 0 ? (await readBlock(core, at)).digest?.key : null);
    if (key) this.nameSystem(key);
  }

  async #readSystem(core: Hypercore): Promise<System> {
    const id = core.key.toString('hex');
    const system = this.#systems.get(id) ?? { target: 0, readTo: 0, views: [] };
    this.#systems.set(id, system);
    while (system.target <= core.contiguousLength) {
      if (system.target > system.readTo) {
        const { views, members } = await readInfo(core, system.target);
        Object.assign(system, { views, readTo: system.target });
        for (const key of members) this.#name(key);
      }
      if (system.target === core.length) break;
      system.target = core.length;
    }
    return system;
  }

  #found(cores: ReadonlyMap<string, Hypercore>, current: Hypercore | null): FoundCore[] {
    const bootstrap = cores.get('data')!.key;
    const found: FoundCore[] = [{ role: 'data', key: bootstrap }];
    const systemId = current?.key.toString('hex');
    const views = systemId === undefined ? [] : this.#systems.get(systemId)!.views;
    for (const id of this.#systems.keys()) {
      const role = id === systemId ? 'system' : `system-${id.slice(0, PREFIX_DIGITS)}`;
      found.push({ role, key: Buffer.from(id, 'hex') });
    }
    views.forEach((key, at) => void found.push({ role: `view-${at}`, key }));
    for (const [role, { key }] of cores) {
      if (!/^(past-)?view-/.test(role) || views.some((view) => view.equals(key))) continue;
      // Those of a system that is yet to be read stay what they are.
      found.push({ role: views.length > 0 ? `past-view-${prefixOf(key)}` : role, key });
    }
    for (const key of this.#writers.values()) {
      if (!key.equals(bootstrap)) found.push({ role: `writer-${prefixOf(key)}`, key });
    }
    return found;
  }
}

async function readBlock(core: Hypercore, index: number) {
  const block = await core.get(index, { wait: false });
  if (!block) throw new Error(`block ${index} of ${core.id} is not here`);
  try {
    return messages.OplogMessage.decode({ start: 0, end: block.byteLength, buffer: block });
  } catch (error) {
    throw new Unreadable(error);
  }
}

async function readInfo(core: Hypercore, length: number) {
  // All of it is here: a tree that points elsewhere is not waited for.
  const system = new SystemView(core.session({ wait: false }), { checkout: length });
  try {
    await system.ready();
    const members: Buffer[] = [];
    for await (const { key } of system.list()) {
      members.push(key);
      if (members.length === MAX_CORES) break;
    }
    return { views: system.views.map(({ key }) => key), members };
  } catch (error) {
    throw PASSING.has((error as { code?: string }).code ?? '') ? error : new Unreadable(error);
  } finally {
    await system.close();
  }
}

function prefixOf(key: Buffer): string {
  return key.toString('hex').slice(0, PREFIX_DIGITS);
}
