import crypto from 'hypercore-crypto';
import { z } from 'zod';
import { verifyOwnership } from './ownership.ts';

const NAMESPACE = 'dazaar/provenance/1';

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

/** A writer's own proof that a core is his; see ownership. */
export const coreProof = z.object({
  key: hex(32),
  signature: hex(64),
  /** null when the core's key is its signer's. */
  manifest: z
    .string()
    .regex(/^([0-9a-f]{2})+$/)
    .max(8192)
    .nullable(),
});

/**
 * Where a feed comes from, as the market attests with its signature. Hosted: the market itself holds the writer, for this
 * seller, since then. Mirrored: the seller holds it, and proved so then; the proofs are there for everybody to check.
 */
export const provenance = z.object({
  origin: z.enum(['hosted', 'mirrored']),
  feedId: z.uuid(),
  cores: z.array(z.object({ role: z.string(), key: hex(32) })).min(1),
  seller: z.object({ id: z.uuid(), name: z.string() }),
  sinceMs: z.int(),
  /** The market's public key. */
  market: hex(32),
  /** Ed25519, of the market, over all of the above. */
  signature: hex(64),
  /** Mirrored feeds only. */
  proof: z.object({ challenge: hex(32), cores: z.array(coreProof) }).nullable(),
});
export type Provenance = z.infer<typeof provenance>;

/** What the market attests. */
export type Attestation = Omit<Provenance, 'market' | 'signature' | 'proof'>;

/** `forged`: not what this market has signed. `unproved`: the market says so, but the writers' proofs do not bear it out. */
export type ProvenanceVerdict = 'genuine' | 'forged' | 'unproved';

/** Signs where a feed comes from; the same every time for the same feed. */
export function attestProvenance(
  { signing }: { signing: { publicKey: Uint8Array; secretKey: Uint8Array } },
  attestation: Attestation,
  proof: Provenance['proof'],
): Provenance {
  const market = Buffer.from(signing.publicKey).toString('hex');
  const signature = crypto.sign(bytesOf(attestation, market), signing.secretKey).toString('hex');
  return { ...attestation, market, signature, proof };
}

/** Checks the market's attestation, and for a mirrored feed the proof of each core, without asking anybody. */
export function verifyProvenance(marketKey: Uint8Array, provenance: Provenance): ProvenanceVerdict {
  const { market, signature, origin } = provenance;
  if (!bytes(market).equals(marketKey)) return 'forged';
  if (!crypto.verify(bytesOf(provenance, market), bytes(signature), marketKey)) return 'forged';
  return origin === 'hosted' || isProved(provenance) ? 'genuine' : 'unproved';
}

function isProved({ market, feedId, cores, proof }: Provenance): boolean {
  if (!proof) return false;
  return cores.every(({ key }) => {
    const given = proof.cores.find((each) => each.key === key);
    if (!given) return false;
    const statement = {
      market: bytes(market),
      feedId,
      coreKey: bytes(key),
      challenge: bytes(proof.challenge),
    };
    const manifest = given.manifest === null ? null : bytes(given.manifest);
    const verdict = verifyOwnership(statement, { signature: bytes(given.signature), manifest });
    return verdict === 'proved';
  });
}

/** The signed bytes: a JSON array in UTF-8. */
function bytesOf({ origin, feedId, cores, seller, sinceMs }: Attestation, market: string): Buffer {
  const keys = cores.map(({ role, key }) => [role, key]);
  return Buffer.from(
    JSON.stringify([NAMESPACE, market, origin, feedId, keys, seller.id, seller.name, sinceMs]),
  );
}

function bytes(hexDigits: string): Buffer {
  return Buffer.from(hexDigits, 'hex');
}
