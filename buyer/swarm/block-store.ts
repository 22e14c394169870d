import Corestore from 'corestore';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

/** Opens the store that downloaded blocks are kept in. @throws Failure when another process has it. */
export async function openBlockStore(directory: string): Promise<Corestore> {
  const store = new Corestore(directory, { wait: false });
  try {
    await store.ready();
    return store;
  } catch (error) {
    await store.close().catch(() => undefined);
    throw storeFailure(directory, error);
  }
}

function storeFailure(directory: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  const locked = /lock/i.test(reason);
  return new Failure(
    EXIT.local,
    locked ? 'store-locked' : 'store-unusable',
    locked
      ? 'another dazaar pull is running with this home directory'
      : `the block store ${directory} cannot be opened (${reason})`,
    locked
      ? 'wait for it, or use another --home with a key of its own'
      : 'free some space, or move it out of the way: everything in it can be pulled again',
  );
}
