import { type Refusal, refuse } from '../domain/refusal.ts';
import { Prisma, type PrismaClient, type Seller } from '../prisma/client/client.ts';
import type { NewAccount } from './accounts.ts';
import { hashPassword, isPassword } from './password.ts';
import { endOtherSessions } from './sessions.ts';

type Login = Pick<NewAccount, 'email' | 'password'>;

/**
 * Gives an account that only a wallet logs into an email and a password. Sessions that were begun without one are over:
 * whoever asks has to be logged in anew.
 */
export async function addLogin(
  prisma: PrismaClient,
  sellerId: string,
  { email, password }: Login,
): Promise<Seller | Refusal> {
  const passwordHash = await hashPassword(password);
  return unlessTaken(async () => {
    const [changed] = await prisma.seller.updateManyAndReturn({
      where: { id: sellerId, passwordHash: null },
      data: { email, passwordHash },
    });
    return changed ?? refuse('has-password', 'The account has a password already: change it.');
  });
}

/** Changes the email that logs into an account, for whoever knows its password. */
export async function changeEmail(
  prisma: PrismaClient,
  sellerId: string,
  { email, password }: Login,
): Promise<Seller | Refusal> {
  const { passwordHash } = await prisma.seller.findUniqueOrThrow({ where: { id: sellerId } });
  if (passwordHash === null) {
    return refuse('no-password', 'A wallet logs into this account: give it a password first.');
  }
  const wrong = refuse('wrong-password', 'The password is not right.');
  if (!(await isPassword(passwordHash, password))) return wrong;
  return unlessTaken(async () => {
    // Of two changes at once, the one whose password is gone meanwhile does nothing.
    const [changed] = await prisma.seller.updateManyAndReturn({
      where: { id: sellerId, passwordHash },
      data: { email },
    });
    return changed ?? wrong;
  });
}

/**
 * Has a wallet log into an account no more, and ends all its sessions but the one that asks, for the wallet may have
 * begun them. An account without a password keeps its wallet: nothing else would open it.
 */
export async function unlinkWallet(
  prisma: PrismaClient,
  sellerId: string,
  sessionId: string,
): Promise<Seller | Refusal> {
  return prisma.$transaction(async (tx) => {
    const [changed] = await tx.seller.updateManyAndReturn({
      where: { id: sellerId, passwordHash: { not: null } },
      data: { linkingKey: null },
    });
    if (!changed) {
      return refuse('no-password', 'Only the wallet logs into this account: add a password first.');
    }
    await endOtherSessions(tx, sellerId, sessionId);
    return changed;
  });
}

async function unlessTaken(change: () => Promise<Seller | Refusal>): Promise<Seller | Refusal> {
  try {
    return await change();
  } catch (error) {
    const isKnown = error instanceof Prisma.PrismaClientKnownRequestError;
    if (!isKnown || error.code !== 'P2002') throw error;
    return refuse('email-taken', 'Another account has this email.');
  }
}
