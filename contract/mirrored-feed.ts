import { z } from 'zod';
import { feedKind } from './listing.ts';
import { hex32, slug, timeMs, uuid } from './primitives.ts';
import { coreManifest, ed25519Signature } from './provenance.ts';

const epoch = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const epochRange = z.object({ first: epoch, last: epoch });

/** A feed as it is mirrored, for its seller: how far the market's copy is, and what is to be signed. */
export const feedState = z.object({
  listing: slug,
  feedId: uuid,
  kind: feedKind,
  origin: z.enum(['hosted', 'mirrored']),
  cores: z.array(
    z.object({
      role: z.string().meta({
        description:
          '`data`; of a Hyperdrive `files` and `blobs`; of an Autobase `data` (its bootstrap), `system`, `view-N`, `writer-KEYPREFIX`, as they are found.',
      }),
      key: hex32,
      length: z.int().meta({ description: 'How many blocks the market has, from the first on.' }),
      byteLength: z.int(),
      lastBlockAtMs: timeMs.nullable(),
      sourceLength: z.int().nullable().meta({
        description: 'How long the core was at your machine when it was last connected.',
      }),
      lagBlocks: z.int().nullable().meta({ description: 'What the market’s copy is behind.' }),
    }),
  ),
  source: z
    .object({
      peerKey: hex32,
      seenAtMs: timeMs.nullable().meta({ description: 'When your machine was last connected.' }),
      fault: z
        .enum(['forked', 'conflict', 'foreign_blobs', 'unreadable', 'wrong_seeds'])
        .nullable()
        .meta({
          description:
            '`forked`: you have rewritten what was there; buyers keep what was sold, and nothing new is copied. `conflict`: you have signed two histories; nothing is served any more. `foreign_blobs`: the files name other blobs than the core you proved; nothing is served. `unreadable`: the Autobase is encrypted or of another version, so that its other cores are not found. `wrong_seeds`: what you have handed over for the newest block does not open it, and is given to nobody; hand over the right seeds.',
        }),
    })
    .nullable()
    .meta({ description: 'null for a hosted feed.' }),
  ownership: z
    .object({
      provedAtMs: timeMs.nullable(),
      challenge: hex32,
      toSign: z
        .array(z.object({ coreKey: hex32, text: z.string() }))
        .meta({ description: 'What the writer of each core signs: the bytes of `text` in UTF-8.' }),
    })
    .nullable()
    .meta({ description: 'null for a hosted feed.' }),
  seal: z
    .object({
      epochMs: z.int(),
      opens: z
        .array(epochRange)
        .meta({ description: 'The epochs that the market has the keys of.' }),
    })
    .nullable()
    .meta({ description: 'null for an open feed.' }),
});
export type FeedState = z.infer<typeof feedState>;

/** What opens a range of epochs. */
export const epochSeeds = z.strictObject({
  first: epoch,
  last: epoch,
  seeds: z
    .base64()
    .max(2_648)
    .meta({ description: '32 bytes for each subtree of the range, from left to right.' }),
});

export const handedSeeds = z.strictObject({ seeds: z.array(epochSeeds).min(1).max(16) });

export const ownershipProofs = z.strictObject({
  proofs: z
    .array(
      z.strictObject({
        coreKey: hex32,
        signature: ed25519Signature.meta({
          description: 'Over `text`, by the key pair that signs the core’s blocks.',
        }),
        manifest: coreManifest.optional().meta({
          description: 'Left out when the core’s key is its signer’s public key.',
        }),
      }),
    )
    .min(1)
    .max(2),
});
export type OwnershipProofs = z.infer<typeof ownershipProofs>;
