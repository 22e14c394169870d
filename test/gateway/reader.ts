import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import crypto from 'hypercore-crypto';
import type { Reach } from '../../domain/reach.ts';
import { signBuyerToken } from '../../protocol/buyer-token.ts';
import type { TestMarket } from '../support/market.ts';
import { until } from '../support/until.ts';

/** Somebody with a key who reads over HTTP. */
export interface Reader {
  keyPair: ReturnType<typeof crypto.keyPair>;
  /** A live grant of the feed, as a payment would give it. */
  grant(feedId: string, expiresAt?: Date | null, reach?: Partial<Reach>): Promise<void>;
  revoke(feedId: string): Promise<void>;
  /** An Authorization header. */
  bearer(feedId?: string | null, ageMs?: number): Promise<string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

export function newReader(market: TestMarket): Reader {
  const keyPair = crypto.keyPair(randomBytes(32));
  const buyerKey = Uint8Array.from(keyPair.publicKey);
  const { prisma } = market.db;
  const log = async (
    feedId: string,
    change: 'issued' | 'revoked',
    expiresAt: Date | null,
    reach: Partial<Reach> = {},
  ) => {
    const where = { feedId_buyerKey: { feedId, buyerKey } };
    const state = change === 'issued' ? ('live' as const) : ('revoked' as const);
    const startsAt = new Date();
    const row = await prisma.grant.upsert({
      where,
      create: { feedId, buyerKey, state, startsAt, expiresAt, ...reach },
      update: { state, expiresAt, ...reach },
    });
    const entry = { grantId: row.id, feedId, buyerKey, change, startsAt, expiresAt, ...reach };
    await prisma.grantLog.createMany({ data: entry });
  };
  const bearer = async (feedId: string | null = null, ageMs = 0) => {
    const issuedAtMs = Date.now() - ageMs;
    const times = { issuedAtMs, expiresAtMs: issuedAtMs + 60_000 };
    return `Bearer ${await signBuyerToken(market.deps.keys, { buyerKey, feedId, grantId: null, ...times })}`;
  };
  return {
    keyPair,
    async grant(feedId, expiresAt = null, reach = {}) {
      await log(feedId, 'issued', expiresAt, reach);
      await until(async () => market.seeder.gate.grants(buyerKey, feedId));
    },
    revoke: (feedId) => log(feedId, 'revoked', null),
    bearer,
    async get(path, headers = {}) {
      const authorization = await bearer();
      return fetch(urlOf(market, path), { headers: { authorization, ...headers } });
    },
  };
}

export function urlOf(market: TestMarket, path: string): string {
  assert.ok(market.seeder.gatewayUrl);
  return `${market.seeder.gatewayUrl}${path}`;
}

/** What fetch does not tell: how a body ended. It is read as fast as it comes, unless paused. */
export interface Download {
  answer: IncomingMessage;
  request: ClientRequest;
  bytes: Buffer[];
  /** Resolves with the trailer Dazaar-End, or null when the connection broke. */
  ended: Promise<string | null>;
}

export async function download(url: string, headers: Record<string, string>): Promise<Download> {
  const sent = request(url, { headers });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const bytes: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => bytes.push(chunk));
  const ended = new Promise<string | null>((resolve) => {
    answer.on('end', () => resolve(String(answer.trailers['dazaar-end'])));
    answer.on('error', () => resolve(null));
  });
  return { answer, request: sent, bytes, ended };
}
