import { join } from 'node:path';
import type { Logger } from 'pino';
import type { PrismaClient } from '../prisma/client/client.ts';
import { belonging, signersOf, type Witness } from './belonging.ts';
import { Hearing } from './hearing.ts';
import type { Mirror } from './mirror.ts';
import { AutobaseReader, type FoundCore, Unreadable } from './read-autobase.ts';
import { recordAutobase } from './record-autobase.ts';

interface Watched {
  readonly copy: Mirror;
  readonly reader: AutobaseReader;
  readonly hearing: Hearing;
  /** What was recorded last. */
  recorded: string;
}

/** Looks for the cores that Autobases consist of, as their writers join, and puts them into the catalogue. */
export class Autobases implements AsyncDisposable {
  readonly #prisma: PrismaClient;
  readonly #log: Logger;
  readonly #dir: string;
  readonly #watched = new Map<string, Watched>();

  /** @param dir where cores lie whose base is not known yet, a directory a feed */
  constructor(prisma: PrismaClient, log: Logger, dir: string) {
    this.#prisma = prisma;
    this.#log = log;
    this.#dir = dir;
  }

  watch(copy: Mirror): void {
    const hearing = new Hearing(join(this.#dir, copy.id));
    this.#watched.set(copy.id, { copy, reader: new AutobaseReader(), hearing, recorded: '' });
  }

  async forget(feedId: string): Promise<void> {
    const watched = this.#watched.get(feedId);
    this.#watched.delete(feedId);
    await watched?.hearing[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#watched.keys()) await this.forget(id);
  }

  /** Looks at every copy once; one that cannot be read, or fails otherwise, does not keep the others waiting. */
  async step(): Promise<void> {
    const failures: unknown[] = [];
    for (const watched of this.#watched.values()) {
      try {
        await this.#look(watched);
        watched.copy.isUnreadable = false;
      } catch (error) {
        if (!(error instanceof Unreadable)) {
          failures.push(error);
          continue;
        }
        if (watched.copy.fault !== 'unreadable') {
          this.#log.warn(
            { feedId: watched.copy.id, err: error },
            'what else belongs to it is not known',
          );
        }
        watched.copy.isUnreadable = true;
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async #look(watched: Watched): Promise<void> {
    const { copy, reader, hearing } = watched;
    const { cores, systemLength } = await reader.read(copy.roles);
    const held = new Set(copy.cores.map(({ key }) => key.toString('hex')));
    const isHeld = ({ key }: FoundCore) => held.has(key.toString('hex'));
    const others = await this.#free(cores.filter((each) => !isHeld(each)));
    const heard = await hearing.hear(others, copy.streams);
    for (const { system } of heard) if (system) reader.nameSystem(Buffer.from(system, 'hex'));
    const admitted = heard.length > 0 ? belonging(membersOf(copy), heard) : [];
    const isAdmitted = ({ key }: FoundCore) => admitted.some((each) => each.key.equals(key));
    const belongs = cores.filter((each) => isHeld(each) || isAdmitted(each));
    const found = withoutGaps(belongs, copy.roles);
    const text = JSON.stringify(found.map(({ role, key }) => [role, key.toString('hex')]));
    if (text === watched.recorded) return;
    if (await recordAutobase(this.#prisma, copy.id, { cores: found, systemLength })) {
      watched.recorded = text;
    }
  }

  /** Without those that are another feed's. */
  async #free(cores: readonly FoundCore[]): Promise<FoundCore[]> {
    if (cores.length === 0) return [];
    const taken = await this.#prisma.feedCore.findMany({
      where: { key: { in: cores.map(({ key }) => Uint8Array.from(key)) } },
      select: { key: true },
    });
    return cores.filter(({ key }) => !taken.some((row) => key.equals(row.key)));
  }
}

// A view stays in its place until the one that takes it belongs to the base too.
function withoutGaps(found: readonly FoundCore[], roles: Mirror['roles']): FoundCore[] {
  const taken = new Set(found.map(({ role }) => role));
  const views = [...roles].filter(([role]) => role.startsWith('view-') && !taken.has(role));
  return found.map(({ role, key }) => {
    const view = views.find(([, core]) => core.key.equals(key));
    return { role: view?.[0] ?? role, key };
  });
}

function membersOf({ roles }: Mirror): Witness[] {
  const filled = [...roles].filter(([, { length }]) => length > 0);
  return filled.map(([role, core]) => ({ role, key: core.key, ...signersOf(core), system: null }));
}
