import Autobase, { type Handlers } from 'autobase';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import { temporaryDirectory, until } from './loopback.ts';
import type { Source } from './source.ts';

/** What is written into a test's base: a record, or who may write from now on. */
export interface Operation {
  add?: string;
  indexer?: boolean;
  say?: string;
}

export const HANDLERS: Handlers<Operation, Hypercore> = {
  valueEncoding: 'json',
  ackInterval: 100,
  open: (store) => store.get({ name: 'view', valueEncoding: 'json' }),
  async apply(nodes, view, host) {
    for (const { value } of nodes) {
      const { add, indexer = false } = value;
      if (add) await host.addWriter(Buffer.from(add, 'hex'), { indexer });
      else await view.append(value as never);
    }
  },
};

/** Has two machines replicate whatever both have open. */
export function link(one: Corestore, other: Corestore): Disposable {
  const streams = [one.replicate(true), other.replicate(false)] as const;
  streams[0].pipe(streams[1]).pipe(streams[0]);
  for (const stream of streams) stream.on('error', () => {});
  return { [Symbol.dispose]: () => void streams[0].destroy() };
}

/** A base on the seller's machine, with one record of its first writer. */
export async function openBase(
  source: Source,
  name = 'base',
): Promise<Autobase<Operation, Hypercore>> {
  const base = new Autobase(source.store.namespace(name), null, HANDLERS);
  await base.ready();
  await base.append({ say: 'first' });
  return base;
}

export interface Writer extends AsyncDisposable {
  readonly base: Autobase<Operation, Hypercore>;
}

/** Another machine of the seller's, which writes into the base, and replicates with the first. */
export async function join(
  source: Source,
  first: Autobase<Operation, Hypercore>,
  indexer = false,
  ownStore?: Corestore,
): Promise<Writer> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const store = ownStore ?? stack.adopt(new Corestore(directory.path), (each) => each.close());
  stack.use(link(source.store, store));
  const base = new Autobase(store, first.key, HANDLERS);
  stack.defer(() => base.close());
  await base.ready();
  await first.append({ add: base.local.key.toString('hex'), indexer });
  await until(async () => {
    await base.update();
    return base.writable;
  }, 'the other one may write');
  const owned = stack.move();
  return { base, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
