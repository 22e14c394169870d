import { type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient, Seller } from '../prisma/client/client.ts';
import { hashPassword, isPassword } from './password.ts';
import { endOtherSessions } from './sessions.ts';

export interface NewAccount {
  name: string;
  /** In lower case. */
  email: string;
  password: string;
}

/** Opens an account. Of two who ask for one email at once, one gets it. */
export async function openAccount(
  prisma: PrismaClient,
  { name, email, password }: NewAccount,
): Promise<Seller | Refusal> {
  const passwordHash = await hashPassword(password);
  const [seller] = await prisma.seller.createManyAndReturn({
    data: { name, email, passwordHash },
    skipDuplicates: true,
  });
  return seller ?? refuse('email-taken', 'There is an account with this email: log in.');
}

/** Who logs in so. Whether the email is known shows neither in the answer nor in how long it takes. */
export async function checkLogin(
  prisma: PrismaClient,
  { email, password }: Pick<NewAccount, 'email' | 'password'>,
): Promise<Seller | Refusal> {
  const seller = await prisma.seller.findUnique({ where: { email } });
  const isRight = await isPassword(seller?.passwordHash ?? null, password);
  if (seller && isRight) return seller;
  return refuse('wrong-login', 'Email and password do not belong together.');
}

export async function readAccount(prisma: PrismaClient, sellerId: string): Promise<Seller> {
  return prisma.seller.findUniqueOrThrow({ where: { id: sellerId } });
}

/** What a seller is called; null when there is no such account any more. */
export async function readSellerName(
  prisma: PrismaClient,
  sellerId: string,
): Promise<string | null> {
  const seller = await prisma.seller.findUnique({
    where: { id: sellerId },
    select: { name: true },
  });
  return seller?.name ?? null;
}

export interface AccountChange {
  name?: string | undefined;
  homepage?: string | null | undefined;
  contact?: string | null | undefined;
}

/** Changes what is given, and leaves the rest. */
export async function changeAccount(
  prisma: PrismaClient,
  sellerId: string,
  { name, homepage, contact }: AccountChange,
): Promise<Seller> {
  return prisma.seller.update({
    where: { id: sellerId },
    data: {
      ...(name !== undefined && { name }),
      ...(homepage !== undefined && { homepage }),
      ...(contact !== undefined && { contact }),
    },
  });
}

export interface PasswordChange {
  oldPassword: string;
  newPassword: string;
}

/** Changes the password, and ends every session of the account but the one that asks. */
export async function changePassword(
  prisma: PrismaClient,
  sellerId: string,
  sessionId: string,
  { oldPassword, newPassword }: PasswordChange,
): Promise<Seller | Refusal> {
  const { passwordHash } = await prisma.seller.findUniqueOrThrow({ where: { id: sellerId } });
  if (passwordHash === null) {
    return refuse('no-password', 'A wallet logs into this account: there is no password.');
  }
  const wrong = refuse('wrong-password', 'The old password is not right.');
  if (!(await isPassword(passwordHash, oldPassword))) return wrong;
  const next = await hashPassword(newPassword);
  return prisma.$transaction(async (tx) => {
    // The old hash is part of the condition: of two changes at once the second finds its old password gone.
    const [changed] = await tx.seller.updateManyAndReturn({
      where: { id: sellerId, passwordHash },
      data: { passwordHash: next },
    });
    if (!changed) return wrong;
    await endOtherSessions(tx, sellerId, sessionId);
    return changed;
  });
}
