/** A lease is this part of a limit at most; limits that would give less than two have none. */
const PART = 60;
const MAX_CALLERS = 20_000;

export interface Taken {
  allowed: boolean;
  remaining: number;
  resetMs: number;
}

interface Lease {
  left: number;
  remaining: number;
  resetAtMs: number;
}

/**
 * Takes several at once for whoever comes again and has plenty, and hands them out from memory. A process that ends
 * loses what it leased: callers are charged at most one lease too much a process and window.
 */
export class Leases {
  readonly #consume: (caller: string, cost: number) => Promise<Taken>;
  readonly #size: number;
  readonly #byCaller = new Map<string, Lease>();

  constructor(consume: (caller: string, cost: number) => Promise<Taken>, amount: number) {
    this.#consume = consume;
    this.#size = Math.floor(amount / PART);
  }

  async take(caller: string, cost: number): Promise<Taken> {
    const lease = this.#live(caller);
    if (lease && lease.left >= cost) {
      lease.left -= cost;
      return seen(lease);
    }
    const plenty = lease !== undefined && lease.remaining >= this.#size + cost;
    const wanted = plenty && this.#size > 1 ? Math.max(cost, this.#size) : cost;
    const taken = await this.#consume(caller, wanted);
    if (!taken.allowed || this.#size <= 1) return taken;
    return seen(this.#keep(caller, wanted - cost, taken));
  }

  #live(caller: string): Lease | undefined {
    const lease = this.#byCaller.get(caller);
    if (!lease || lease.resetAtMs > Date.now()) return lease;
    this.#byCaller.delete(caller);
    return undefined;
  }

  // Others may have leased for the same caller meanwhile: what is left adds up.
  #keep(caller: string, more: number, { remaining, resetMs }: Taken): Lease {
    if (this.#byCaller.size >= MAX_CALLERS) this.#byCaller.clear();
    const left = (this.#live(caller)?.left ?? 0) + more;
    const lease = { left, remaining, resetAtMs: Date.now() + resetMs };
    this.#byCaller.set(caller, lease);
    return lease;
  }
}

function seen({ left, remaining, resetAtMs }: Lease): Taken {
  return {
    allowed: true,
    remaining: remaining + left,
    resetMs: Math.max(resetAtMs - Date.now(), 0),
  };
}
