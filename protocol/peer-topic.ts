import crypto from 'hypercore-crypto';

const [PEERS] = crypto.namespace('dazaar/peers/1', 1) as [Buffer];

/** Where those meet who pass a sealed feed on to each other: buyers, and mirrors that hold no key. */
export function peerTopic(coreKey: Uint8Array): Buffer {
  return crypto.hash([PEERS, coreKey]);
}
