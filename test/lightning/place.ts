import type { Lightning } from '../../ports/lightning.ts';

export type PartyName = 'market' | 'buyer';

/** Where to reach a node, and what opens it: paths of its certificate and of a macaroon. */
export interface NodeSocket {
  socket: string;
  cert: string;
  macaroon: string;
}

/** A Lightning network that the contract is tested on: a market that is paid over a router by a buyer. */
export interface Place extends AsyncDisposable {
  market: Lightning;
  buyer: Lightning;
  /** A node that has never made an invoice. */
  router: Lightning;
  nodes: Record<PartyName, NodeSocket>;
  /** Pays an invoice with another amount than it names. */
  payOff(bolt11: string, amountMsat: bigint): Promise<boolean>;
  /** Mines blocks, which every node has seen when this resolves. */
  mine(blocks: number): Promise<void>;
  /** Kills a node as a power cut would; others may die with it. */
  kill(name: PartyName): Promise<void>;
  /** Starts what was killed; resolves when its channels carry payments again. */
  start(name: PartyName): Promise<void>;
  /** Copies what all nodes keep. */
  backUp(): Promise<void>;
  /** Puts the last copy back, as if nothing had happened since. */
  restore(): Promise<void>;
}
