import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import DHT from 'hyperdht';
import { z } from 'zod';
import { SeederLink } from '../../buyer/swarm/seeder-link.ts';
import { SeederSession, type SessionHandlers } from '../../buyer/swarm/seeder-session.ts';
import { card as cardShape } from '../../contract/card.ts';
import { provenance as provenanceShape } from '../../contract/provenance.ts';
import { canonicalJson } from '../../protocol/canonical-json.ts';
import { type Card, verifyCard } from '../../protocol/card.ts';
import { verifyProvenance } from '../../protocol/provenance.ts';

const FIND_MS = 15_000;
const POLL_MS = 50;
const DEVICE_BYTES = 16;

/** How a seeder that a card names answers. `foreign`: it does not show that the card's market lets it speak for it. */
export type SeederState = 'attested' | 'foreign' | 'unreachable';

export interface Heard {
  seeders: { key: string; state: SeederState }[];
  /** Whether the market says the same today, as an attested seeder tells; null when none told. */
  isCurrent: boolean | null;
  /** Whether the writers of the cores have signed that this market sells them; null when none told. */
  isProved: boolean | null;
}

const told = z.object({ card: cardShape, provenance: provenanceShape.nullable() });

/** Asks the seeders that a card names, as anybody could, whether they speak for its market, and what it says today. */
export async function askSeeders(card: Card): Promise<Heard> {
  const { seeders: keys, bootstrap, marketKey } = card.dazaar;
  const states = new Map<string, SeederState>(keys.map((key) => [key, 'unreachable']));
  const sessions: SeederSession[] = [];
  const place = { seeders: keys, bootstrap };
  const link = new SeederLink({
    keyPair: DHT.keyPair(),
    place,
    refresh: () => Promise.resolve(place),
    async onconnection(connection) {
      const device = randomBytes(DEVICE_BYTES).toString('hex');
      const session = new SeederSession({ connection, marketKey, isListed: false, device }, SILENT);
      const isTrusted = await session.trusted;
      if (isTrusted) sessions.push(session);
      // One that has gone before it said anything may be back.
      const isHeard = isTrusted || !session.isOver;
      if (isHeard && states.has(session.seederKey)) {
        states.set(session.seederKey, isTrusted ? 'attested' : 'foreign');
      }
      return isTrusted;
    },
  });
  try {
    const giveUpAtMs = Date.now() + FIND_MS;
    const isAway = () => [...states.values()].includes('unreachable');
    while (isAway() && Date.now() < giveUpAtMs) await sleep(POLL_MS);
    const seeders = [...states].map(([key, state]) => ({ key, state }));
    return { seeders, ...(await compare(card, sessions)) };
  } finally {
    await link.close();
  }
}

async function compare(
  card: Card,
  sessions: readonly SeederSession[],
): Promise<Pick<Heard, 'isCurrent' | 'isProved'>> {
  for (const session of sessions) {
    const answer = await session.ask({ what: 'card', core: card.id }).catch(() => null);
    const { data } = told.safeParse(answer);
    if (!data || !verifyCard(data.card)) continue;
    return { isCurrent: contentOf(data.card) === contentOf(card), isProved: isProved(card, data) };
  }
  return { isCurrent: null, isProved: null };
}

function isProved({ id, dazaar }: Card, { provenance }: z.infer<typeof told>): boolean {
  if (!provenance?.proof || provenance.feedId !== dazaar.feedId) return false;
  const isOfCore = provenance.cores.some(({ key }) => key === id);
  const marketKey = Buffer.from(dazaar.marketKey, 'hex');
  return isOfCore && verifyProvenance(marketKey, provenance) === 'genuine';
}

/** What a card says, whichever seeders are up. */
function contentOf({ dazaar, ...rest }: object & { dazaar: Card['dazaar'] }): string {
  const { seeders: _, bootstrap: __, signature: ___, ...content } = dazaar;
  return canonicalJson({ ...rest, dazaar: content });
}

const nothing = () => undefined;
const SILENT: SessionHandlers = {
  onreport: nothing,
  onexpiring: nothing,
  onorder: nothing,
  onmessage: nothing,
  onclose: nothing,
};
