import type Corestore from 'corestore';
import type { BlockEncryption } from 'hypercore';

/**
 * A session of a store that opens every core sealed. Hyperdrive opens its two cores by itself, and can be told of a
 * plain key only.
 */
export function sealedStore(store: Corestore, encryption: BlockEncryption): Corestore {
  const session = store.session();
  const get = session.get.bind(session);
  session.get = (options) => get({ ...options, encryption });
  return session;
}
