import packageJson from '../package.json' with { type: 'json' };
import { attestSeeder } from '../protocol/attest-seeder.ts';
import type { MarketKeys } from '../protocol/market-keys.ts';
import { type Hello, MINOR } from '../protocol/messages.ts';
import type { SeederAttestation } from '../protocol/seeder-attestation.ts';
import type { Clock } from './clock.ts';
import type { PeerChannel } from './peer-channel.ts';

const ATTESTED_FOR_MS = 12 * 60 * 60 * 1000;
const RENEWED_AFTER_MS = ATTESTED_FOR_MS / 2;

/**
 * Says hello to every peer, with the market's word that this seeder speaks for it; and once more when that word is
 * renewed, or had to wait for the database's clock.
 */
export class Greeting {
  readonly #keys: Pick<MarketKeys, 'signing'>;
  readonly #seederKey: Uint8Array;
  readonly #clock: Pick<Clock, 'anchored' | 'nowMs'>;
  readonly #peers = new Set<PeerChannel>();
  #attestation: SeederAttestation | undefined;

  constructor(
    keys: Pick<MarketKeys, 'signing'>,
    seederKey: Uint8Array,
    clock: Pick<Clock, 'anchored' | 'nowMs'>,
  ) {
    this.#keys = keys;
    this.#seederKey = seederKey;
    this.#clock = clock;
  }

  /** Greets a peer, ahead of all else that it is told. */
  onconnection(channel: PeerChannel): void {
    this.#renew();
    this.#peers.add(channel);
    channel.listen({ onclose: () => void this.#peers.delete(channel) });
    channel.say?.hello(this.#hello());
  }

  /** Renews the attestation in good time; to be called now and then. */
  step(): void {
    if (!this.#renew()) return;
    for (const { say } of this.#peers) say?.hello(this.#hello());
  }

  #hello(): Hello {
    const agent = `dazaar/${packageJson.version}`;
    return { minor: MINOR, agent, ...(this.#attestation && { attestation: this.#attestation }) };
  }

  #renew(): boolean {
    if (!this.#clock.anchored) return false;
    const issuedAtMs = Math.floor(this.#clock.nowMs());
    const isFresh = issuedAtMs - (this.#attestation?.issuedAtMs ?? 0) < RENEWED_AFTER_MS;
    if (isFresh) return false;
    const expiresAtMs = issuedAtMs + ATTESTED_FOR_MS;
    const seederKey = this.#seederKey;
    this.#attestation = attestSeeder(this.#keys, { seederKey, issuedAtMs, expiresAtMs });
    return true;
  }
}
