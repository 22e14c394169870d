import Hypercore from 'hypercore';
import DHT from 'hyperdht';
import Hyperswarm, { type Connection } from 'hyperswarm';
import { z } from 'zod';
import { card as cardShape } from '../../contract/card.ts';
import { provenance as provenanceShape } from '../../contract/provenance.ts';
import type { Card } from '../../protocol/card.ts';
import { type DazaarChannel, openChannel } from '../../protocol/channel.ts';
import { type Hello, MINOR } from '../../protocol/messages.ts';
import type { SeederAttestation } from '../../protocol/seeder-attestation.ts';
import { type OfferVerdict, verifyOffer } from '../../protocol/verify-offer.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { AGENT } from './agent.ts';
import { leave, privateDht, type SwarmPlace } from './seeder-link.ts';
import { CLOCK_TOLERANCE_MS } from './seeder-session.ts';

const FIND_MS = 30_000;

const answered = z.object({ card: z.unknown(), provenance: provenanceShape.nullable() });

/**
 * Finds who sells the feed of a core, by the core's key alone. Asked are all who announce it, under a key of this moment
 * that says nothing of the buyer; believed is only who shows that the core's writer lets this market sell it.
 *
 * @param core the public key of the feed's first core, in hex
 * @param bootstrap the nodes of a private DHT; none: the public one
 * @throws Failure when nobody is found who may sell it
 */
export async function findCard(core: string, bootstrap: SwarmPlace['bootstrap']): Promise<Card> {
  const dht = bootstrap.length > 0 ? { dht: privateDht(bootstrap) } : {};
  const swarm = new Hyperswarm({ keyPair: DHT.keyPair(), ...dht });
  const found = Promise.withResolvers<Card>();
  let doubt: OfferVerdict | null = null;
  swarm.on('connection', (connection) =>
    question(connection, core, (verdict, card) => {
      if (verdict === 'genuine') found.resolve(card);
      else doubt = verdict;
    }),
  );
  const topic = Hypercore.discoveryKey(Buffer.from(core, 'hex'));
  swarm.join(topic, { server: false, client: true });
  const timer = setTimeout(() => found.reject(notFound(doubt)), FIND_MS);
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
    await leave(swarm);
  }
}

type Judged = (verdict: OfferVerdict, card: Card) => void;

/** Asks one peer for the card, and judges it. */
function question(connection: Connection, core: string, judged: Judged): void {
  const seederKey = connection.remotePublicKey.toString('hex');
  let attestation: SeederAttestation | undefined;
  let channel: DazaarChannel | null = null;
  let isAnswered = false;
  const meet = (hello: Hello) => {
    if (attestation || !hello.attestation) return;
    attestation = hello.attestation;
    channel?.hello({ minor: MINOR, agent: AGENT });
    channel?.ask({ id: 0, what: 'card', core });
  };
  connection.on('error', () => undefined);
  channel = openChannel(connection, {
    // It may come while the channel is being opened, before anything can be said on it.
    onhello: (hello) => queueMicrotask(() => meet(hello)),
    onanswer(answer) {
      // Judging takes time, so that of one peer more than one answer is not judged.
      if (!attestation || isAnswered) return;
      isAnswered = true;
      const parsed = answered.safeParse('value' in answer ? answer.value : null);
      if (!parsed.success) return;
      const { card, provenance } = parsed.data;
      const shaped = cardShape.safeParse(card);
      if (!shaped.success) return;
      if (provenance === null) return judged('unproved', shaped.data);
      const heard = { seederKey, nowMs: Date.now(), toleranceMs: CLOCK_TOLERANCE_MS };
      // The signature is over all members, also those that this version knows nothing of.
      const offered = { attestation, card: card as Card, provenance };
      judged(verifyOffer({ coreKey: core }, offered, heard), card as Card);
    },
  });
}

function notFound(doubt: OfferVerdict | null): Failure {
  if (doubt === null) {
    return new Failure(
      EXIT.noSeeder,
      'no-seeder',
      `nobody was found in ${FIND_MS / 1000} s who sells this feed`,
      'check the key and the DHT (--bootstrap), or use a card',
    );
  }
  return new Failure(
    EXIT.market,
    'offer-not-trusted',
    `who offers this feed does not show that he may sell it (${doubt})`,
    'get the card from the seller or the market, and buy with that',
  );
}
