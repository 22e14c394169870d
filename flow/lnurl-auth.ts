import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { Prisma, type PrismaClient } from '../prisma/client/client.ts';
import { sessionKey } from './sessions.ts';

const CHALLENGE_SECONDS = 5 * 60;
const SHORT_KEY = 8;

/** Makes the challenge (LUD-04's k1) that a wallet signs for this session; an older one of the session is void. */
export async function challengeWallet(
  prisma: PrismaClient,
  session: string,
): Promise<{ k1: Buffer; expiresAtMs: number }> {
  const k1 = randomBytes(32);
  const sessionId = sessionKey(session);
  const [, rows] = await prisma.$transaction([
    prisma.loginChallenge.deleteMany({ where: { sessionId } }),
    prisma.$queryRaw<[{ expiresAt: Date }]>`
      INSERT INTO login_challenges (k1, session_id, expires_at)
      VALUES (${k1}, ${sessionId}, clock_timestamp() + make_interval(secs => ${CHALLENGE_SECONDS}))
      RETURNING expires_at AS "expiresAt"`,
  ]);
  return { k1, expiresAtMs: rows[0].expiresAt.getTime() };
}

/** The challenge that a session waits with; null when it has none, or its time is over. */
export async function readChallenge(
  prisma: PrismaClient,
  session: string,
): Promise<{ k1: Uint8Array; expiresAtMs: number } | null> {
  const [waiting] = await prisma.$queryRaw<{ k1: Uint8Array; expiresAt: Date }[]>`
    SELECT k1, expires_at AS "expiresAt" FROM login_challenges
    WHERE session_id = ${sessionKey(session)} AND used_at IS NULL AND expires_at > clock_timestamp()`;
  return waiting ? { k1: waiting.k1, expiresAtMs: waiting.expiresAt.getTime() } : null;
}

export interface WalletAnswer {
  k1: Uint8Array;
  /** ECDSA over k1, DER. */
  signature: Uint8Array;
  /** secp256k1, compressed: 33 bytes. */
  key: Uint8Array;
}

export type AnswerOutcome = 'accepted' | 'wrong-signature' | 'unknown-or-used';

/** Takes a wallet's signature over a challenge, once, while the challenge is good (LUD-04). */
export async function answerChallenge(
  prisma: PrismaClient,
  answer: WalletAnswer,
): Promise<AnswerOutcome> {
  if (!isSigned(answer)) return 'wrong-signature';
  const taken = await prisma.$executeRaw`
    UPDATE login_challenges SET linking_key = ${Uint8Array.from(answer.key)}
    WHERE k1 = ${Uint8Array.from(answer.k1)} AND linking_key IS NULL AND expires_at > clock_timestamp()`;
  return taken === 1 ? 'accepted' : 'unknown-or-used';
}

export type WalletLogin = { state: 'pending'; expiresAtMs: number } | { sellerId: string };

/**
 * What came of the challenge of a session. A signed one is used up: its wallet is linked to the account that asks, or
 * logs into its own, which is made if there is none.
 */
export async function finishWalletLogin(
  prisma: PrismaClient,
  session: string,
  askingSellerId: string | null,
): Promise<WalletLogin | Refusal> {
  const [signed] = await prisma.$queryRaw<{ linkingKey: Uint8Array }[]>`
    UPDATE login_challenges SET used_at = clock_timestamp()
    WHERE session_id = ${sessionKey(session)} AND linking_key IS NOT NULL AND used_at IS NULL
      AND expires_at > clock_timestamp()
    RETURNING linking_key AS "linkingKey"`;
  if (!signed) return pending(prisma, session);
  const key = Uint8Array.from(signed.linkingKey);
  return askingSellerId === null ? sellerOf(prisma, key) : link(prisma, askingSellerId, key);
}

async function pending(prisma: PrismaClient, session: string): Promise<WalletLogin | Refusal> {
  const waiting = await readChallenge(prisma, session);
  if (waiting) return { state: 'pending', expiresAtMs: waiting.expiresAtMs };
  return refuse('no-wallet-login', 'Ask for a wallet login first; it is good for five minutes.');
}

// Wallets may give either of the two signatures that are valid for a key (high S): a challenge is used once anyway.
function isSigned({ k1, signature, key }: WalletAnswer): boolean {
  try {
    return secp256k1.verify(signature, k1, key, { format: 'der', prehash: false, lowS: false });
  } catch {
    return false;
  }
}

async function sellerOf(
  prisma: PrismaClient,
  linkingKey: Uint8Array<ArrayBuffer>,
): Promise<{ sellerId: string }> {
  const name = `Wallet ${Buffer.from(linkingKey).toString('hex').slice(0, SHORT_KEY)}`;
  await prisma.seller.createMany({ data: { name, linkingKey }, skipDuplicates: true });
  const { id } = await prisma.seller.findUniqueOrThrow({ where: { linkingKey } });
  return { sellerId: id };
}

async function link(
  prisma: PrismaClient,
  sellerId: string,
  linkingKey: Uint8Array<ArrayBuffer>,
): Promise<{ sellerId: string } | Refusal> {
  try {
    await prisma.seller.update({ where: { id: sellerId }, data: { linkingKey } });
    return { sellerId };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return refuse('wallet-taken', 'This wallet logs into another account.');
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
