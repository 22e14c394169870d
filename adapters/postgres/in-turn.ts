import type pg from 'pg';

type Query = (...args: unknown[]) => unknown;

/**
 * Has a client send each query once the one before is answered: pg gives up its own queue, and Prisma asks for all
 * relations of a row at once, in a transaction too.
 */
export function inTurn<C extends pg.ClientBase>(client: C): C {
  const query = client.query.bind(client) as Query;
  let last: Promise<unknown> = Promise.resolve();
  const queued: Query = (...args) => {
    // Callbacks are the pool's own, which lends the client to nobody else meanwhile.
    if (typeof args.at(-1) === 'function') return query(...args);
    const next = last.then(() => query(...args));
    last = next.catch(() => {});
    return next;
  };
  client.query = queued as typeof client.query;
  return client;
}
