import crypto from 'hypercore-crypto';
import { verifyOwnership } from './ownership.ts';

const NAMESPACE = 'dazaar/provenance/1';

/** Where a feed comes from; keys, signatures and manifests in hexadecimal. */
export interface Provenance {
  /** Hosted: the market holds the writer, for this seller. Mirrored: the seller holds it, and has proved so. */
  origin: 'hosted' | 'mirrored';
  feedId: string;
  cores: { role: string; key: string }[];
  seller: { id: string; name: string };
  /** In ms since the epoch. */
  sinceMs: number;
  /** The market's public key. */
  market: string;
  /** Ed25519, of the market, over all that is above. */
  signature: string;
  /** Mirrored: what each core's writer signed, and his core's manifest; see ownership. */
  proof: {
    challenge: string;
    cores: { key: string; signature: string; manifest: string | null }[];
  } | null;
}

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
