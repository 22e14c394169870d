import { channel } from 'node:diagnostics_channel';
import type { Outcome } from '../domain/payment.ts';

/** What the market tells about itself as it goes on, for whoever counts. Nothing depends on anybody listening. */
export interface Measures {
  /** An answer is sent, or its caller gone. `route` is a template, never a path that somebody made up. */
  request: { method: string; route: string; status: number; seconds: number };
  /** A request ended in a problem document. */
  problem: { code: string };
  /** An order came to be, was paid, or ended unpaid; told once each. */
  order: { became: 'placed' | 'paid' | 'lapsed' };
  /** A payment is recorded, so long after the node settled it. */
  payment: { outcome: Outcome; grants: boolean; secondsSinceSettled: number };
  /** Settlements that the node's stream has not told of, and comparing has found. */
  reconciled: { payments: number };
  /** A delivery was tried. */
  webhook: { outcome: 'delivered' | 'retry' | 'failed' | 'gone'; seconds: number };
  /** A job was run. `retried`: it failed and will be tried again. */
  job: { queue: string; outcome: 'done' | 'retried' | 'failed'; seconds: number };
  /** This process has begun or ceased to do what one process at a time does. */
  lead: { role: string; leads: boolean };
  /** A grant was issued, extended or given back, and its holder let in, so long after it was written. */
  admitted: { seconds: number };
  /** A grant was revoked, and its holder cut, so long after that was written. */
  cut: { seconds: number };
  /** A grant was ended by the seeder's own timer, so long after its time was over. */
  expired: { seconds: number };
  /** Blocks went to buyers. */
  served: { transport: 'swarm' | 'http'; blocks: number; bytes: number };
}

/** Tells of something. To nobody it costs nothing. */
export function tell<Name extends keyof Measures>(name: Name, measure: Measures[Name]): void {
  channel(`dazaar:${name}`).publish(measure);
}

/** Calls `onTold` in the moment in which something is told. The returned function ends that. */
export function hear<Name extends keyof Measures>(
  name: Name,
  onTold: (measure: Measures[Name]) => void,
): () => void {
  const told = channel(`dazaar:${name}`);
  const listener = (measure: unknown) => onTold(measure as Measures[Name]);
  told.subscribe(listener);
  return () => void told.unsubscribe(listener);
}
