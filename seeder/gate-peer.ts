import type { Connection } from 'hyperdht';
import Protomux from 'protomux';
import type { DazaarChannel } from '../protocol/channel.ts';
import type { PeerChannel } from './peer-channel.ts';
import { RateLimit } from './rate-limit.ts';
import type { Sitter } from './seats.ts';

const SUBSCRIBES_PER_SECOND = 20;
const SUBSCRIBES_BURST = 200;
const MAX_WANTED = 1_000;
// A peer that vanished without a word is let go after missing several of its 5 s keepalives.
const SILENCE_MS = 30_000;

/** One connection in the gate's care. */
export class GatePeer implements Sitter {
  /** The key that it is authenticated with, in hexadecimal. */
  readonly key: string;
  readonly address: string;
  readonly mux: Protomux;
  /** To say something; null when the stream was gone already. */
  readonly say: DazaarChannel | null;
  readonly #subscribes = new RateLimit(SUBSCRIBES_PER_SECOND, SUBSCRIBES_BURST);
  readonly #wanted = new Set<string>();
  #device: string | null = null;

  /** @param onsubscribe called with each feed that the peer asks about */
  constructor(connection: Connection, channel: PeerChannel, onsubscribe: (feedId: string) => void) {
    connection.on('error', noop);
    connection.setTimeout(SILENCE_MS);
    this.key = connection.remotePublicKey.toString('hex');
    this.address = connection.rawStream.remoteHost;
    this.mux = Protomux.from(connection);
    this.say = channel.say;
    channel.listen({
      onhello: ({ device }) => {
        this.#device = device ?? null;
      },
      onsubscribe: ({ feedId }) => {
        if (!this.#subscribes.take(performance.now())) return this.say?.close();
        if (this.#wanted.size < MAX_WANTED) this.#wanted.add(feedId);
        onsubscribe(feedId);
      },
    });
  }

  get device(): string | null {
    return this.#device;
  }

  /** The feeds that it asked about, up to a bound. */
  get wanted(): ReadonlySet<string> {
    return this.#wanted;
  }

  wants(feedId: string): boolean {
    return this.#wanted.has(feedId);
  }
}

function noop(): void {}
