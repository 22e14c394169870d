import { hash, verify } from '@node-rs/argon2';

// Argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, two passes, one lane.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

let nobodys: Promise<string> | undefined;

/** @returns a PHC string */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/** Whether the password is the one that was hashed. Without a hash it takes as long to say no. */
export async function isPassword(phc: string | null, password: string): Promise<boolean> {
  if (phc !== null) return verify(phc, password);
  nobodys ??= hashPassword('the password of nobody');
  await verify(await nobodys, password);
  return false;
}
