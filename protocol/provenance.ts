import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { verifyOwnership } from './ownership.ts';

const NAMESPACE = 'dazaar/provenance/1';
// As RFC 8032 has it, and libsodium.
const STRICT = { zip215: false };

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
  /** What each core's writer signed, and his core's manifest, see ownership. A hosted feed may be without it. */
  proof: {
    challenge: string;
    cores: { key: string; signature: string; manifest: string | null }[];
  } | null;
}

/** What the market attests. */
export type Attestation = Omit<Provenance, 'market' | 'signature' | 'proof'>;

/** `forged`: not what this market has signed. `unproved`: the market says so, but the writers' proofs do not bear it out. */
export type ProvenanceVerdict = 'genuine' | 'forged' | 'unproved';

/** The text that the market signs, in UTF-8: a JSON array. */
export function provenanceText(
  { origin, feedId, cores, seller, sinceMs }: Attestation,
  market: string,
): string {
  const keys = cores.map(({ role, key }) => [role, key]);
  return JSON.stringify([NAMESPACE, market, origin, feedId, keys, seller.id, seller.name, sinceMs]);
}

/**
 * Checks the market's attestation and the proof of each core, which a mirrored feed has to have, without asking anybody.
 * Runs in browsers as it is.
 *
 * @param provenance as the contract has checked it.
 */
export function verifyProvenance(marketKey: Uint8Array, provenance: Provenance): ProvenanceVerdict {
  const { market, signature, origin } = provenance;
  if (market !== bytesToHex(marketKey)) return 'forged';
  const text = utf8ToBytes(provenanceText(provenance, market));
  if (!ed25519.verify(hexToBytes(signature), text, marketKey, STRICT)) return 'forged';
  const isUnsigned = origin === 'hosted' && provenance.proof === null;
  return isUnsigned || isProved(provenance) ? 'genuine' : 'unproved';
}

function isProved({ market, feedId, cores, proof }: Provenance): boolean {
  if (!proof) return false;
  return cores.every(({ key }) => {
    const given = proof.cores.find((each) => each.key === key);
    if (!given) return false;
    const statement = {
      market: hexToBytes(market),
      feedId,
      coreKey: hexToBytes(key),
      challenge: hexToBytes(proof.challenge),
    };
    const manifest = given.manifest === null ? null : hexToBytes(given.manifest);
    const verdict = verifyOwnership(statement, {
      signature: hexToBytes(given.signature),
      manifest,
    });
    return verdict === 'proved';
  });
}
