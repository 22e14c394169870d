import type { Grant, GrantList } from '../contract/index.ts';

/** The grants that let the buyer in now, by the market's clock. */
export function liveGrants({ grants, nowMs }: GrantList): Grant[] {
  return grants.filter((grant) => grant.state === 'live' && !isOver(grant, nowMs));
}

/** Whether a grant has ended, by the market's clock. */
export const isOver = ({ expiresAtMs }: Grant, nowMs: number) =>
  expiresAtMs !== null && expiresAtMs <= nowMs;
