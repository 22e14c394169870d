import { Option_SocketAddressZ, SocketDescriptor } from 'lightningdevkit';
import { bytesOf } from '../bytes.ts';
import type { Database } from '../store/database.ts';
import type { LdkNode } from './node.ts';
import { unwrap } from './result.ts';

let lastDescriptor = 0n;

/**
 * A wire between two nodes of this process: real BOLT 8 handshake and encryption, no socket.
 * Bytes cross after the commit of what they tell, never before.
 */
export class Link {
  readonly #ends: [End, End];
  readonly #db: Database;
  readonly #kick: () => void;
  #isClosed = false;

  constructor(db: Database, kick: () => void, from: LdkNode, to: LdkNode) {
    this.#db = db;
    this.#kick = kick;
    const hangUp = () => this.close();
    const a: End = new End(from, (data) => this.#carry(data, b), hangUp);
    const b: End = new End(to, (data) => this.#carry(data, a), hangUp);
    this.#ends = [a, b];
    const noAddress = Option_SocketAddressZ.constructor_none();
    unwrap('inbound', to.peers.new_inbound_connection(b.descriptor, noAddress));
    const hello = unwrap<Uint8Array>(
      'outbound',
      from.peers.new_outbound_connection(bytesOf(to.pubkey), a.descriptor, noAddress),
    );
    this.#carry(hello, b);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Hands over the bytes that arrived; driven by the pump. */
  receive(): void {
    for (const end of this.#ends) if (!this.#isClosed) end.read();
  }

  /** Hangs up. LDK may call this, so it is told later. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    setImmediate(() => {
      for (const end of this.#ends) end.disconnected();
      this.#kick();
    });
  }

  #carry(data: Uint8Array, to: End): void {
    this.#db.afterCommit(() => {
      to.inbox.push(data);
      this.#kick();
    });
  }
}

class End {
  readonly descriptor: SocketDescriptor;
  readonly #node: LdkNode;
  readonly #hangUp: () => void;
  inbox: Uint8Array[] = [];

  constructor(node: LdkNode, send: (data: Uint8Array) => void, hangUp: () => void) {
    this.#node = node;
    this.#hangUp = hangUp;
    lastDescriptor += 1n;
    const id = lastDescriptor;
    this.descriptor = SocketDescriptor.new_impl({
      send_data(data: Uint8Array) {
        send(data);
        return data.length;
      },
      disconnect_socket: hangUp,
      eq: (other: SocketDescriptor) => other.hash() === id,
      hash: () => id,
    });
  }

  read(): void {
    const arrived = this.inbox;
    this.inbox = [];
    for (const data of arrived) {
      if (this.#node.peers.read_event(this.descriptor, data).is_ok()) continue;
      this.#hangUp();
      return;
    }
  }

  disconnected(): void {
    this.#node.peers.socket_disconnected(this.descriptor);
  }
}
