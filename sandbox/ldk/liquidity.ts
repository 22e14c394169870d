import type { LdkNode } from './node.ts';
import { LdkError } from './result.ts';

// A side below a fifth of a fresh channel gets another one, out of nothing.
const LOW_WATER_DIVISOR = 5n;
// What keeps a runaway from filling the disk: a pair never has more channels than this.
const MAX_CHANNELS_PER_PAIR = 24;

/** Keeps every neighbour able to pay the other, by opening channels from a faucet. */
export class Liquidity {
  readonly #capacitySats: bigint;
  readonly #pairs: [LdkNode, LdkNode][];

  constructor(capacitySats: bigint, pairs: [LdkNode, LdkNode][]) {
    this.#capacitySats = capacitySats;
    this.#pairs = pairs;
  }

  /** Opens what is missing. Called every few seconds; asks for one channel a side at a time. */
  refill(): void {
    for (const [a, b] of this.#pairs) {
      this.#refillSide(a, b, true);
      this.#refillSide(b, a, false);
    }
  }

  /** Whether every channel can carry payments and route hints both ways. */
  get isReady(): boolean {
    return this.#pairs.every(([a, b]) => hasUsable(a, b) && hasUsable(b, a));
  }

  // The first channel of a pair is opened by its leader and serves both ways.
  #refillSide(from: LdkNode, to: LdkNode, isLeader: boolean): void {
    const channels = from.channels().filter((channel) => channel.peer === to.pubkey);
    if (channels.some((channel) => !channel.isReady)) return;
    if (channels.length === 0 && !isLeader) return;
    if (channels.length >= MAX_CHANNELS_PER_PAIR) return;
    const outboundMsat = channels.reduce((sum, channel) => sum + channel.outboundMsat, 0n);
    const lowWaterMsat = (this.#capacitySats * 1000n) / LOW_WATER_DIVISOR;
    if (outboundMsat >= lowWaterMsat) return;
    const pushMsat = channels.length === 0 ? (this.#capacitySats * 1000n) / 2n : 0n;
    try {
      from.openChannel(to, this.#capacitySats, pushMsat);
    } catch (error) {
      if (!(error instanceof LdkError)) throw error;
    }
  }
}

function hasUsable(from: LdkNode, to: LdkNode): boolean {
  return from
    .channels()
    .some((channel) => channel.peer === to.pubkey && channel.isUsable && channel.isHintable);
}
