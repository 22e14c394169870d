import type Hypercore from 'hypercore';
import { signerOf } from '../protocol/core-manifest.ts';
import type { FoundCore } from './read-autobase.ts';

/** What a core that has blocks says of itself; keys in hexadecimal. */
export interface Testimony {
  /** The public keys that sign it. */
  signers: readonly string[];
  /** The one that has signed each of its blocks; null when there are several, or blocks that nobody signed. */
  author: string | null;
  /** The system core that its first block names, if it is a writer of an Autobase. */
  system: string | null;
}

/** A core that an Autobase names, and what it says itself. */
export type Witness = FoundCore & Testimony;

/** Who signs a core; it has blocks, and so its manifest is known. */
export function signersOf(core: Hypercore): Pick<Testimony, 'signers' | 'author'> {
  const author = signerOf(core.key, core.getManifest({ raw: true }));
  const signers = core.manifest?.signers.map(({ publicKey }) => publicKey) ?? [core.key];
  return { signers: signers.map(hex), author: author && hex(author) };
}

/**
 * Those of the cores that an Autobase names that belong to it, by what their own signers say. A writer does whose first
 * block, which it signed, names a system core of the base; a system core or a view does that nobody signs but writers of
 * the base. All of it leads back to the bootstrap, whose writer has signed that it is the seller's: so whoever names cores
 * of another base in his own finds nothing in them that names his.
 *
 * @param members those that belong to it already, the bootstrap among them
 */
export function belonging(members: readonly Witness[], named: readonly Witness[]): Witness[] {
  const keys = new Set<string>();
  const authors = new Set<string>();
  const admit = ({ key, author }: Witness) => {
    keys.add(hex(key));
    if (author !== null) authors.add(author);
  };
  members.forEach(admit);
  const consents = ({ role, signers, author, system }: Witness) => {
    if (role.startsWith('writer-')) return author !== null && system !== null && keys.has(system);
    return signers.length > 0 && signers.every((signer) => authors.has(signer));
  };
  const admitted: Witness[] = [];
  for (;;) {
    const next = named.find((each) => !keys.has(hex(each.key)) && consents(each));
    if (!next) return admitted;
    admit(next);
    admitted.push(next);
  }
}

function hex(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex');
}
