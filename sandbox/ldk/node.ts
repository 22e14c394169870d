import {
  type ChainMonitor,
  type ChannelId,
  type ChannelManager,
  type Confirm,
  type Event,
  type Event_FundingGenerationReady,
  EventHandler,
  type EventsProvider,
  FutureCallback,
  type PeerManager,
  Result_NoneReplayEventZ,
  type UserConfig,
} from 'lightningdevkit';
import { bytesOf, hexOf, nowS } from '../bytes.ts';
import type { Block, Chain } from '../chain/chain.ts';
import { fundingTransaction } from '../chain/faucet.ts';
import type { KeyValues } from '../store/kv.ts';
import { assemble, MANAGER_KEY } from './assemble.ts';
import { type ChannelView, viewOf } from './channel-view.ts';
import { type NodeEvent, translate } from './events.ts';
import { indexed } from './indexed.ts';
import type { NodeOptions } from './node-options.ts';
import { LdkError, referencesOf, unwrap } from './result.ts';

// More rounds than any event cascade needs; a bound, should LDK ever answer events with events.
const MAX_ROUNDS = 50;

/** One LDK node. It acts only when the driver turns it, and keeps what LDK holds weakly. */
export class LdkNode {
  readonly name: string;
  readonly pubkey: string;
  readonly manager: ChannelManager;
  readonly peers: PeerManager;
  readonly #chain: Chain;
  readonly #kv: KeyValues;
  readonly #monitor: ChainMonitor;
  readonly #managerConfirm: Confirm;
  readonly #monitorConfirm: Confirm;
  readonly #managerEvents: EventsProvider;
  readonly #monitorEvents: EventsProvider;
  readonly #handler: EventHandler;
  readonly #wake: FutureCallback;
  readonly #held: unknown[];
  readonly #futures: unknown[] = [];
  readonly #listeners: ((event: NodeEvent) => void)[] = [];
  #collected: NodeEvent[] = [];
  #clockS = 0;

  constructor(options: NodeOptions) {
    this.name = options.name;
    this.#chain = options.chain;
    this.#kv = options.kv;
    const parts = assemble(options);
    this.manager = parts.manager;
    this.peers = parts.peers;
    this.#monitor = parts.monitor;
    this.#held = parts.held;
    this.pubkey = hexOf(this.manager.get_our_node_id());
    this.#managerConfirm = this.manager.as_Confirm();
    this.#monitorConfirm = this.#monitor.as_Confirm();
    this.#managerEvents = this.manager.as_EventsProvider();
    this.#monitorEvents = this.#monitor.as_EventsProvider();
    this.#handler = EventHandler.new_impl({
      handle_event: (event: Event) => {
        const known = translate(event);
        if (known) this.#collected.push(known);
        return Result_NoneReplayEventZ.constructor_ok();
      },
    });
    this.#wake = FutureCallback.new_impl({ call: options.kick });
    this.#held.push(this.#handler, this.#wake);
    for (const block of this.#chain.blocksAfter(parts.managerHeight)) {
      feed(this.#managerConfirm, block);
    }
  }

  on(listener: (event: NodeEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Handles events and forwards until there are none, then lets messages form. */
  turn(): void {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      this.#managerEvents.process_pending_events(this.#handler);
      this.#monitorEvents.process_pending_events(this.#handler);
      const events = this.#collected;
      if (events.length === 0) break;
      this.#collected = [];
      this.#dispatch(events);
    }
    referencesOf(this.#managerEvents).length = 0;
    referencesOf(this.#monitorEvents).length = 0;
    this.peers.process_events();
  }

  /** Adds the manager to the open transaction when it changed. */
  persist(): void {
    if (!this.manager.get_and_clear_needs_persistence()) return;
    this.#kv.put(...MANAGER_KEY, this.manager.write());
  }

  /** Asks to be woken again: LDK's futures fire once. */
  arm(): void {
    const manager = this.manager.get_event_or_persistence_needed_future();
    const monitor = this.#monitor.get_update_future();
    manager.register_callback_fn(this.#wake);
    monitor.register_callback_fn(this.#wake);
    this.#futures.splice(0, Infinity, manager, monitor);
  }

  connectBlock(block: Block): void {
    feed(this.#monitorConfirm, block);
    feed(this.#managerConfirm, block);
  }

  /** The wasm build's clock is its newest header: gives it one of now, at the same height. */
  syncClock(): void {
    const now = nowS();
    if (now === this.#clockS || this.#chain.height === 0) return;
    this.#clockS = now;
    this.#managerConfirm.best_block_updated(this.#chain.clockHeader(), this.#chain.height);
  }

  channels(): ChannelView[] {
    return this.manager.list_channels().map(viewOf);
  }

  /** Asks a connected peer for a channel, funded out of nothing. Throws LdkError. */
  openChannel(peer: LdkNode, capacitySats: bigint, pushMsat: bigint): void {
    const call = this.manager.create_channel(
      bytesOf(peer.pubkey),
      capacitySats,
      pushMsat,
      0n,
      // The bindings take null for both and say so nowhere.
      null as unknown as ChannelId,
      null as unknown as UserConfig,
    );
    unwrap('create_channel', call);
  }

  get height(): number {
    return this.#chain.height;
  }

  #dispatch(events: NodeEvent[]): void {
    let hasForwards = false;
    for (const event of events) {
      if (event.type === 'forwards') hasForwards = true;
      else if (event.type === 'fund') this.#fund(event.event);
      else for (const listener of this.#listeners) listener(event);
    }
    if (hasForwards) this.manager.process_pending_htlc_forwards();
  }

  #fund(event: Event_FundingGenerationReady): void {
    const tx = fundingTransaction(event.output_script, event.channel_value_satoshis);
    const { temporary_channel_id, counterparty_node_id } = event;
    try {
      unwrap(
        'funding_transaction_generated',
        this.manager.funding_transaction_generated(temporary_channel_id, counterparty_node_id, tx),
      );
    } catch (error) {
      // The peer left meanwhile: the channel is forgotten and asked for again.
      if (!(error instanceof LdkError)) throw error;
      console.error(error.message);
    }
  }
}

/** Hands one block to LDK: its transactions first, then the new tip. */
export function feed(confirm: Confirm, block: Block): void {
  const txs = indexed(block);
  if (txs.length > 0) confirm.transactions_confirmed(block.header, txs, block.height);
  confirm.best_block_updated(block.header, block.height);
}
