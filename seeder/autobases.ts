import type { Logger } from 'pino';
import type { PrismaClient } from '../prisma/client/client.ts';
import type { Copy } from './copy.ts';
import { AutobaseReader, Unreadable } from './read-autobase.ts';
import { recordAutobase } from './record-autobase.ts';

interface Watched {
  readonly copy: Copy;
  readonly reader: AutobaseReader;
  /** What was recorded last. */
  recorded: string;
}

/** Looks for the cores that Autobases consist of, as their writers join, and puts them into the catalogue. */
export class Autobases {
  readonly #prisma: PrismaClient;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();

  constructor(prisma: PrismaClient, log: Logger) {
    this.#prisma = prisma;
    this.#log = log;
  }

  watch(copy: Copy): void {
    this.#watched.set(copy.id, { copy, reader: new AutobaseReader(), recorded: '' });
  }

  forget(feedId: string): void {
    this.#watched.delete(feedId);
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
    const found = await watched.reader.read(watched.copy.roles);
    const text = JSON.stringify(found.cores.map(({ role, key }) => [role, key.toString('hex')]));
    if (text === watched.recorded) return;
    if (await recordAutobase(this.#prisma, watched.copy.id, found)) watched.recorded = text;
  }
}
