import { isOver } from '../domain/grant.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Grant, PrismaClient } from '../prisma/client/client.ts';
import { BUYER_TOKEN_MAX_MS, signBuyerToken } from '../protocol/buyer-token.ts';
import { keyPairOfClaimCode } from '../protocol/claim-code.ts';
import { verifyKeyStatement } from '../protocol/key-statement.ts';
import { buyerKeyOf, isPreimage, readMacaroon } from '../protocol/l402.ts';
import { tokenSubject } from '../protocol/statement-subject.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Deps = Pick<FlowDeps, 'prisma' | 'keys'>;

/**
 * How somebody shows that a buyer key is his: by its signature, by the code that it comes from, or by what a payment over
 * L402 left him with.
 */
export type KeyProof =
  | { buyerKey: Bytes; issuedAtMs: number; signature: Bytes }
  | { claimCode: string }
  | { l402: L402Credential };

/** A macaroon in base64, and the preimage of its invoice in hex. */
export interface L402Credential {
  macaroon: string;
  preimage: string;
}

export interface IssuedToken {
  token: string;
  buyerKey: Bytes;
  feedId: string | null;
  expiresAtMs: number;
  nowMs: number;
}

/**
 * Gives whoever holds a buyer key a token for ten minutes at most: for all that the key may do, or for the feed of one
 * listing, while its grant lasts.
 */
export async function issueToken(
  { prisma, keys }: Deps,
  proof: KeyProof,
  listingSlug: string | undefined,
): Promise<IssuedToken | Refusal> {
  const now = await nowMs(prisma);
  const buyerKey = provedKey({ keys }, proof, listingSlug, now);
  if ('refused' in buyerKey) return buyerKey;
  const scope = listingSlug ? await findScope(prisma, buyerKey, listingSlug, now) : EVERYTHING;
  if ('refused' in scope) return scope;
  return sign({ keys }, buyerKey, scope, now);
}

/**
 * A token for a key whose holder has proved it already, such as to a shelf: for the feed of one of its grants, while that
 * lasts.
 */
export async function tokenForKey(
  { prisma, keys }: Deps,
  { id, feedId, buyerKey, expiresAt }: Pick<Grant, 'id' | 'feedId' | 'buyerKey' | 'expiresAt'>,
): Promise<string> {
  const endsAtMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const key = Uint8Array.from(buyerKey);
  const { token } = await sign(
    { keys },
    key,
    { feedId, grantId: id, endsAtMs },
    await nowMs(prisma),
  );
  return token;
}

async function sign(
  { keys }: Pick<FlowDeps, 'keys'>,
  buyerKey: Bytes,
  { feedId, grantId, endsAtMs }: Scope,
  now: number,
): Promise<IssuedToken> {
  const issuedAtMs = toSecond(now);
  const expiresAtMs = toSecond(Math.min(issuedAtMs + BUYER_TOKEN_MAX_MS, endsAtMs));
  const token = await signBuyerToken(keys, {
    buyerKey,
    feedId,
    grantId,
    issuedAtMs,
    expiresAtMs,
  });
  return { token, buyerKey, feedId, expiresAtMs, nowMs: now };
}

interface Scope {
  feedId: string | null;
  grantId: string | null;
  endsAtMs: number;
}

// A token keeps its times to the second.
const toSecond = (ms: number) => Math.floor(ms / 1000) * 1000;

const EVERYTHING: Scope = { feedId: null, grantId: null, endsAtMs: Number.POSITIVE_INFINITY };

function provedKey(
  { keys }: Pick<FlowDeps, 'keys'>,
  proof: KeyProof,
  listingSlug: string | undefined,
  now: number,
): Bytes | Refusal {
  if ('claimCode' in proof) {
    const pair = keyPairOfClaimCode(proof.claimCode);
    if (!pair) return refuse('claim-code-invalid', 'The claim code has a typing error.');
    return Uint8Array.from(pair.publicKey);
  }
  if ('l402' in proof) return paidKey({ keys }, proof.l402);
  const { buyerKey, issuedAtMs, signature } = proof;
  const market = keys.signing.publicKey;
  const subject = tokenSubject(listingSlug);
  const statement = { purpose: 'token' as const, market, subject, issuedAtMs };
  if (verifyKeyStatement(buyerKey, statement, signature, now)) return buyerKey;
  return refuse('statement-refused', `No statement of this key and about now; it is ${now} here.`);
}

// What the gateway minted into it says how long the data may be read that way; what is owed back is owed beyond that.
function paidKey(
  { keys }: Pick<FlowDeps, 'keys'>,
  { macaroon, preimage }: L402Credential,
): Bytes | Refusal {
  const ticket = readMacaroon(keys, macaroon);
  if (!ticket || !isPreimage(preimage, ticket.paymentHash)) {
    return refuse(
      'l402-invalid',
      'No macaroon of this market, or not the preimage of its invoice.',
    );
  }
  if (ticket.isWhole) return buyerKeyOf(keys, ticket.tokenId);
  return refuse('l402-invalid', 'A condition was added to the macaroon: a token would lift it.');
}

async function findScope(prisma: PrismaClient, buyerKey: Bytes, slug: string, now: number) {
  const listing = await prisma.listing.findFirst({
    where: { slug, state: { not: 'draft' } },
    select: { feed: { select: { id: true, grants: { where: { buyerKey, state: 'live' } } } } },
  });
  if (!listing?.feed) return refuse('listing-not-found', `There is no listing "${slug}".`);
  const { id: feedId, grants } = listing.feed;
  const [grant] = grants;
  const expiresAtMs = grant?.expiresAt?.getTime() ?? null;
  if (!grant || isOver({ startsAtMs: grant.startsAt.getTime(), expiresAtMs }, now)) {
    const detail = `This key has no live grant for "${slug}": order one at /v1/orders.`;
    return refuse('no-live-grant', detail);
  }
  return { feedId, grantId: grant.id, endsAtMs: expiresAtMs ?? Number.POSITIVE_INFINITY };
}
