import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import Hypercore from 'hypercore';
import type { Card } from '../../protocol/card.ts';
import { refuseUsage } from '../failure.ts';
import { type BuyerKeys, createWords, identityAt, loadKeys } from '../identity.ts';
import { createSeedPhrase, readSeedPhrase } from '../seed-phrase.ts';
import { BuyerSwarm } from '../swarm/buyer-swarm.ts';
import { deviceId } from '../swarm/device.ts';
import { findCard } from '../swarm/find-card.ts';
import type { SwarmPlace } from '../swarm/seeder-link.ts';
import { marketPaths } from './buyer-home.ts';
import { Offer } from './offer.ts';
import { rememberedPurchases } from './purchase-record.ts';
import { cardSource, readCard } from './read-card.ts';

export interface BuyerOptions {
  /** Where keys, orders and blocks are kept; `~/.dazaar` unless said. One process at a time reads and writes blocks there. */
  home?: string | undefined;
  /** Twelve words that the keys are made from, instead of the keys in the home directory. */
  seedPhrase?: string | undefined;
  /** The nodes of a private DHT, instead of those on the cards. */
  bootstrap?: SwarmPlace['bootstrap'] | undefined;
}

export interface ConnectOptions {
  /** At the address of a market: which of its listings. */
  listing?: string | undefined;
}

/** A buyer with keys and a place of its own: connects to any number of offers, those of one market over one swarm. */
export class Buyer implements AsyncDisposable {
  readonly home: string;
  readonly #keys: BuyerKeys;
  readonly #bootstrap: BuyerOptions['bootstrap'];
  readonly #swarms = new Map<string, Promise<BuyerSwarm>>();
  readonly #offers = new Set<Offer>();
  #closed = false;

  private constructor(home: string, keys: BuyerKeys, bootstrap: BuyerOptions['bootstrap']) {
    this.home = home;
    this.#keys = keys;
    this.#bootstrap = bootstrap;
  }

  /** Opens a buyer; keys are made from a new seed phrase when there are none. @throws Failure */
  static async open({ home, seedPhrase, bootstrap }: BuyerOptions = {}): Promise<Buyer> {
    const directory = resolve(home ?? join(homedir(), '.dazaar'));
    const keys =
      seedPhrase === undefined
        ? await storedKeys(join(directory, 'identity.json'))
        : keysFrom(seedPhrase);
    return new Buyer(directory, keys, bootstrap);
  }

  /**
   * What is on sale there: a card (object, text, file or address), a market's address with `listing`, or the key of a feed's
   * first core, by which who sells it is found on the DHT.
   *
   * @param onclose called when the offer is closed
   * @throws Failure when there is no card, or it is not as its market has signed it
   */
  async connect(
    what: unknown,
    { listing }: ConnectOptions = {},
    onclose: () => Promise<void> = nothing,
  ): Promise<Offer> {
    const source = cardSource(what, listing);
    const card =
      source.kind === 'key'
        ? await findCard(source.key, this.#bootstrap ?? [])
        : await readCard(source);
    return this.#offer(card, onclose);
  }

  /** What was bought with this home before, whether its access has ended or not. */
  async bought(): Promise<Offer[]> {
    const cards = await rememberedPurchases(this.home);
    return Promise.all(cards.map((card) => this.#offer(card, nothing)));
  }

  /** Closes all that it has opened; what renews itself ends with it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A renewal under way is paid for, and needs its seeders to the end.
    await Promise.allSettled([...this.#offers].map((offer) => offer.close()));
    const opened = await Promise.allSettled(this.#swarms.values());
    for (const swarm of opened) if (swarm.status === 'fulfilled') await swarm.value.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #offer(card: Card, onclose: () => Promise<void>): Promise<Offer> {
    if (this.#closed) refuseUsage('this buyer is closed');
    const { marketKey, seeders } = card.dazaar;
    const swarm = await this.#swarmAt(card);
    swarm.know(seeders);
    swarm.seek(Hypercore.discoveryKey(Buffer.from(card.id, 'hex')));
    const { buyerKey } = identityAt(this.#keys, marketKey);
    const paths = marketPaths(this.home, marketKey);
    const closed = async () => {
      this.#offers.delete(offer);
      await onclose();
    };
    const offer = new Offer(card, { swarm, buyerKey, paths, onclose: closed });
    this.#offers.add(offer);
    return offer;
  }

  #swarmAt({ dazaar }: Card): Promise<BuyerSwarm> {
    const { marketKey, seeders, bootstrap } = dazaar;
    const known = this.#swarms.get(marketKey);
    if (known) return known;
    const opening = this.#openSwarm(marketKey, {
      seeders,
      bootstrap: this.#bootstrap ?? bootstrap,
    });
    this.#swarms.set(marketKey, opening);
    opening.catch(() => this.#swarms.delete(marketKey));
    return opening;
  }

  async #openSwarm(marketKey: string, place: SwarmPlace): Promise<BuyerSwarm> {
    return new BuyerSwarm({
      storeDir: marketPaths(this.home, marketKey).store,
      keyPair: identityAt(this.#keys, marketKey).keyPair,
      device: await deviceId(join(this.home, 'device')),
      marketKey,
      place,
    });
  }
}

async function storedKeys(path: string): Promise<BuyerKeys> {
  const known = await loadKeys(path);
  if (known) return known;
  await createWords(path, createSeedPhrase());
  return (await loadKeys(path)) ?? refuseUsage(`${path} appears and disappears`);
}

function keysFrom(seedPhrase: string): BuyerKeys {
  const words = readSeedPhrase(seedPhrase);
  if (words === null)
    return refuseUsage('that is no seed phrase', 'look for a word that is misspelt');
  return { kind: 'words', words, rotations: {} };
}

async function nothing(): Promise<void> {}
