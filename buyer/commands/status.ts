import type { Grant, GrantList } from '../../contract/index.ts';
import { COMMAND } from '../command-name.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { tokenOf } from '../key-proof.ts';
import { knownIdentity } from '../own-identity.ts';
import { duration, localTime } from '../terminal/amounts.ts';
import { table } from '../terminal/table.ts';

/** Tells what access the buyer has and how long it lasts. */
export async function status(context: Context, slug: string | undefined): Promise<void> {
  const { client, console } = context;
  const identity = await knownIdentity(context);
  if (!identity) throw noKey();
  const { buyerKey } = identity;
  const { grants, nowMs } = await client.grants(await tokenOf(client, identity), slug);
  console.data({ buyerKey, grants, nowMs });
  if (grants.length === 0) {
    return console.line(`You have no access ${slug ? `to ${slug}` : 'to anything here'} yet.`);
  }
  const rows = grants.map((grant) => [grant.listing, timeLeft(grant, nowMs), until(grant)]);
  const columns = [{ title: 'LISTING' }, { title: 'TIME LEFT' }, { title: 'UNTIL' }];
  console.line(table(columns, rows, console.width, console.style.bold));
}

/** The grants that let the buyer in now, by the market's clock. */
export function liveGrants({ grants, nowMs }: GrantList): Grant[] {
  return grants.filter((grant) => grant.state === 'live' && !isOver(grant, nowMs));
}

const isOver = ({ expiresAtMs }: Grant, nowMs: number) =>
  expiresAtMs !== null && expiresAtMs <= nowMs;

function timeLeft(grant: Grant, nowMs: number): string {
  if (grant.state === 'revoked') return 'revoked';
  if (grant.state === 'expired' || isOver(grant, nowMs)) return 'ended';
  return grant.expiresAtMs === null ? 'for ever' : duration(grant.expiresAtMs - nowMs);
}

const until = ({ expiresAtMs }: Grant) => (expiresAtMs === null ? '-' : localTime(expiresAtMs));

const noKey = () =>
  new Failure(
    EXIT.noAccess,
    'no-key',
    'you have no key yet, so no access',
    `${COMMAND} buy makes one`,
  );
