import { createHmac } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { fromCrockford, toCrockford } from '../protocol/crockford.ts';
import { verifyKeyStatement } from '../protocol/key-statement.ts';
import { LINK_SUBJECT } from '../protocol/statement-subject.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Deps = Pick<FlowDeps, 'prisma' | 'keys'>;

// 40 bits in eight characters, good for ten minutes. An address guesses ten times in 15 minutes (the limit `guesses`), so
// that 10,000 addresses that never rest hit one of 100 codes that are waiting with 10^5 * 100 / 2^40, 1 in 100,000, in
// each quarter of an hour: once in about three years.
const CODE_BYTES = 5;
const CODE_SECONDS = 10 * 60;

export interface KeySignature {
  buyerKey: Bytes;
  issuedAtMs: number;
  signature: Bytes;
}

export interface MadeKeyCode {
  code: string;
  expiresAtMs: number;
  nowMs: number;
}

/**
 * Gives whoever holds a buyer key a code that tells the key to a browser, once. It comes out of the statement, so that
 * repeating that, also by somebody who overheard it, makes no second one.
 */
export async function makeKeyCode(
  { prisma, keys }: Deps,
  { buyerKey, issuedAtMs, signature }: KeySignature,
): Promise<MadeKeyCode | Refusal> {
  const now = await nowMs(prisma);
  const market = keys.signing.publicKey;
  const statement = { purpose: 'link' as const, market, subject: LINK_SUBJECT, issuedAtMs };
  if (!verifyKeyStatement(buyerKey, statement, signature, now)) {
    return refuse(
      'statement-refused',
      `No statement of this key and about now; it is ${now} here.`,
    );
  }
  for (let attempt = 0; ; attempt += 1) {
    const name = `${Buffer.from(buyerKey).toString('hex')} ${issuedAtMs} ${attempt}`;
    const code = keyed({ keys }, name).subarray(0, CODE_BYTES);
    const expiresAt = await keepCode({ prisma, keys }, code, buyerKey);
    if (!expiresAt) continue;
    const made = { code: toCrockford(code), expiresAtMs: expiresAt.getTime() };
    return { ...made, nowMs: await nowMs(prisma) };
  }
}

/** @returns null when the code is another key's */
async function keepCode({ prisma, keys }: Deps, code: Buffer, buyerKey: Bytes) {
  const codeHash = hashOf({ keys }, code);
  await prisma.$executeRaw`
    INSERT INTO key_codes (code_hash, buyer_key, expires_at)
    VALUES (${codeHash}, ${buyerKey}, clock_timestamp() + make_interval(secs => ${CODE_SECONDS}))
    ON CONFLICT DO NOTHING`;
  const row = await prisma.keyCode.findUniqueOrThrow({ where: { codeHash } });
  return Buffer.compare(row.buyerKey, buyerKey) === 0 ? row.expiresAt : null;
}

/**
 * The key that a code stands for, and the code is used up: call it in the transaction that does what it was typed for.
 * Who comes with a code must be held to the limit `guesses`.
 *
 * @param code as it was typed: in any case, with or without its dash
 */
export async function redeemKeyCode(
  { prisma, keys }: { prisma: Deps['prisma'] | Tx; keys: Deps['keys'] },
  code: string,
): Promise<{ buyerKey: Bytes } | Refusal> {
  const typed = fromCrockford(code, CODE_BYTES);
  const [used] = typed
    ? await prisma.$queryRaw<{ buyerKey: Uint8Array }[]>`
        UPDATE key_codes SET used_at = clock_timestamp()
        WHERE code_hash = ${hashOf({ keys }, typed)} AND used_at IS NULL AND expires_at > clock_timestamp()
        RETURNING buyer_key AS "buyerKey"`
    : [];
  if (used) return { buyerKey: Uint8Array.from(used.buyerKey) };
  return refuse('key-code-unknown', 'This code is not known, was used already, or is too old.');
}

// With a secret of the market: 40 bits are tried out in minutes by whoever reads the table and could hash them himself.
function hashOf(deps: Pick<Deps, 'keys'>, code: Buffer): Bytes {
  return Uint8Array.from(keyed(deps, `hash ${code.toString('hex')}`));
}

function keyed({ keys }: Pick<Deps, 'keys'>, text: string): Buffer {
  return createHmac('sha256', keys.derive('key-code')).update(text).digest();
}
