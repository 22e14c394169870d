import type { Database } from '../store/database.ts';
import { Link } from './link.ts';
import type { LdkNode } from './node.ts';

const RECONNECT_MS = 200;
// Settled payments stay in the manager for seven ticks: short ones keep its writes small.
const MANAGER_TICK_MS = 5_000;
const PEER_TICK_MS = 10_000;

/**
 * Turns all nodes together. The order is what makes a kill harmless: bytes in, events, forwards,
 * messages out, managers, one commit, and only then bytes and answers leave.
 */
export class Driver {
  readonly #db: Database;
  readonly #nodes: LdkNode[] = [];
  readonly #pairs: { from: LdkNode; to: LdkNode; link: Link }[] = [];
  readonly #tasks: (() => void)[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #isScheduled = false;
  #isStopped = false;

  constructor(db: Database) {
    this.#db = db;
  }

  readonly kick = (): void => {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(() => this.#pump());
  };

  add(node: LdkNode): void {
    this.#nodes.push(node);
  }

  /** Has this done at the start of each pump: what it writes is in that pump's commit. */
  onPump(task: () => void): void {
    this.#tasks.push(task);
  }

  /** Links two nodes, now and whenever they lose each other. */
  connect(from: LdkNode, to: LdkNode): void {
    this.#pairs.push({ from, to, link: new Link(this.#db, this.kick, from, to) });
  }

  start(): void {
    this.#every(RECONNECT_MS, () => this.#reconnect());
    this.#every(MANAGER_TICK_MS, () => {
      for (const node of this.#nodes) node.manager.timer_tick_occurred();
    });
    this.#every(PEER_TICK_MS, () => {
      for (const node of this.#nodes) node.peers.timer_tick_occurred();
    });
    this.kick();
  }

  /** The last pump: commits what is pending and turns nothing any more. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#pump();
    this.#isStopped = true;
  }

  #pump(): void {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    for (const { link } of this.#pairs) link.receive();
    for (const task of this.#tasks) task();
    for (const node of this.#nodes) node.turn();
    for (const node of this.#nodes) node.persist();
    this.#db.commit();
    for (const node of this.#nodes) node.arm();
    if (this.#db.isPending) this.kick();
  }

  #reconnect(): void {
    for (const pair of this.#pairs) {
      if (!pair.link.isClosed) continue;
      pair.link = new Link(this.#db, this.kick, pair.from, pair.to);
    }
  }

  #every(ms: number, act: () => void): void {
    const tick = () => {
      act();
      this.kick();
    };
    this.#timers.push(setInterval(tick, ms));
  }
}
