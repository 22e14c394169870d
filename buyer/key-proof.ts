import type { NewKeyCode, NewToken, NewTransfer } from '../contract/index.ts';
import { type KeyPurpose, signKeyStatement } from '../protocol/key-statement.ts';
import { LINK_SUBJECT, tokenSubject, transferSubject } from '../protocol/statement-subject.ts';
import type { Identity } from './identity.ts';
import type { MarketClient } from './market-client.ts';

/** A token that lets its holder act for the identity at this market, for ten minutes at most. */
export async function tokenOf(client: MarketClient, identity: Identity): Promise<string> {
  const { buyerKey } = identity;
  const signed = await sign(client, identity, 'token', tokenSubject(undefined));
  const { token } = await client.token({ buyerKey, ...signed } satisfies NewToken);
  return token;
}

/** The identity's word that its grant of a listing goes to another key. */
export async function transferTo(
  client: MarketClient,
  identity: Identity,
  listing: string,
  toKey: string,
): Promise<NewTransfer> {
  const signed = await sign(client, identity, 'transfer', transferSubject(listing, toKey));
  return { listing, fromKey: identity.buyerKey, toKey, ...signed };
}

/** The identity's word that it wants to be told to a browser. */
export async function linkOf(client: MarketClient, identity: Identity): Promise<NewKeyCode> {
  const { buyerKey } = identity;
  return { buyerKey, ...(await sign(client, identity, 'link', LINK_SUBJECT)) };
}

// By the market's clock, for the buyer's may be wrong.
async function sign(
  client: MarketClient,
  { keyPair }: Identity,
  purpose: KeyPurpose,
  subject: string,
) {
  const { publicKey, nowMs: issuedAtMs } = await client.market();
  const market = Buffer.from(publicKey, 'hex');
  const signature = signKeyStatement(keyPair, { purpose, market, subject, issuedAtMs });
  return { issuedAtMs, signature: signature.toString('hex') };
}
