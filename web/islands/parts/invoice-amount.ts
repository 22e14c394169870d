// BOLT11: a letter behind the number says which part of a bitcoin it counts.
const MSAT_PER = { '': 100_000_000_000n, m: 100_000_000n, u: 100_000n, n: 100n };
const TENTH_MSAT = 10n;

/** The amount that an invoice asks for; null when it leaves it open or is none. */
export function amountMsatOf(bolt11: string): bigint | null {
  const [, digits, unit = ''] =
    /^ln(?:bcrt|bc|tbs|tb)(\d+)([munp]?)1/.exec(bolt11.toLowerCase()) ?? [];
  if (digits === undefined) return null;
  if (unit === 'p') return BigInt(digits) / TENTH_MSAT;
  return BigInt(digits) * MSAT_PER[unit as keyof typeof MSAT_PER];
}
