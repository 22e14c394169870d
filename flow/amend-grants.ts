import { type Amendment, type HeldGrant, prolong, restore, revoke } from '../domain/grant.ts';
import type { Idempotency } from '../domain/idempotency.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Grant } from '../prisma/client/client.ts';
import { announce } from './announce.ts';
import { grantAnnouncement } from './announce-grant.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { grantLogRow } from './grant-log-row.ts';
import { grantStory } from './grant-story.ts';
import { type Once, once } from './idempotent.ts';
import { asHeld, lockGrantById } from './lock-grant.ts';

type Deps = Pick<FlowDeps, 'prisma' | 'log'>;

/** A grant of one of the seller's own feeds, and why he changes it. */
export interface OwnGrant {
  sellerId: string;
  grantId: string;
  reason: string;
}

type RefusedAmendment = keyof typeof DETAILS;

const DETAILS = {
  'grant-not-live': 'The grant has ended already.',
  'grant-not-revoked': 'Only a revoked grant can be restored.',
  'grant-over': 'The time of the grant is over: extend it instead.',
  'grant-revoked': 'The grant is revoked: restore it first.',
} as const;

/** Ends a live grant at once. */
export async function revokeGrant(deps: Deps, own: OwnGrant): Promise<Grant | Refusal> {
  const amended = await deps.prisma.$transaction((tx) => amend(tx, own, revoke));
  return told(deps, amended, 'revoked');
}

/** Takes a revocation back: the grant goes on to the end that it had. */
export async function restoreGrant(deps: Deps, own: OwnGrant): Promise<Grant | Refusal> {
  const amended = await deps.prisma.$transaction((tx) => amend(tx, own, restore));
  return told(deps, amended, 'restored');
}

/** Gives time as if it were bought, once a key. */
export async function extendGrant(
  { prisma }: Deps,
  own: OwnGrant,
  durationMs: number,
  idempotency: Idempotency | null,
): Promise<Once | Refusal> {
  return prisma.$transaction((tx) =>
    once(tx, idempotency, () => amend(tx, own, (held, now) => prolong(held, durationMs, now))),
  );
}

async function told(
  { prisma, log }: Deps,
  amended: Grant | Refusal,
  how: 'revoked' | 'restored',
): Promise<Grant | Refusal> {
  if (!isRefusal(amended)) log.info(await grantStory(prisma, amended), how);
  return amended;
}

async function amend(
  tx: Tx,
  { sellerId, grantId, reason }: OwnGrant,
  decide: (held: HeldGrant, nowMs: number) => Amendment | { refused: RefusedAmendment },
): Promise<Grant | Refusal> {
  const listing = await tx.listing.findFirst({
    where: { sellerId, feed: { grants: { some: { id: grantId } } } },
    select: { sellerId: true, slug: true },
  });
  const grant = listing && (await lockGrantById(tx, grantId));
  if (!grant) return refuse('grant-not-found', 'You have no such grant.');
  const decided = decide(asHeld(grant), await nowMs(tx));
  if ('refused' in decided) return refuse(decided.refused, DETAILS[decided.refused]);
  const { change, state, term } = decided;
  const startsAt = new Date(term.startsAtMs);
  const expiresAt = term.expiresAtMs === null ? null : new Date(term.expiresAtMs);
  const data = { state, startsAt, expiresAt };
  const amended = await tx.grant.update({ where: { id: grantId }, data });
  await announce(tx, grantAnnouncement(`grant.${change}`, amended, listing, reason), {
    topic: 'grant.changed',
    subjectId: grantId,
  });
  await tx.grantLog.createMany({ data: { ...grantLogRow(amended, change), reason } });
  return amended;
}
