import type { OwnershipProofs } from '../contract/mirrored-feed.ts';
import type { GivenProof } from '../flow/prove-ownership.ts';

/** Proofs of ownership as they were sent, in bytes. */
export function asGivenProofs({ proofs }: OwnershipProofs): GivenProof[] {
  return proofs.map(({ coreKey, signature, manifest }) => ({
    coreKey: Buffer.from(coreKey, 'hex'),
    signature: Buffer.from(signature, 'hex'),
    manifest: manifest === undefined ? null : Buffer.from(manifest, 'hex'),
  }));
}
