import { z } from 'zod';
import { hex32, hexBytes, timeMs, uuid } from './primitives.ts';

const MAX_MANIFEST_BYTES = 4096;
/** As many as a buyer is told of. */
const MAX_CORES = 256;

export const ed25519Signature = hexBytes(64).meta({ description: 'Ed25519, 64 bytes.' });

/** A core's manifest in Hypercore's own encoding. */
export const coreManifest = z
  .string()
  .regex(/^([0-9a-fA-F]{2})+$/, 'must be bytes in hexadecimal')
  .max(2 * MAX_MANIFEST_BYTES)
  .toLowerCase()
  .meta({ description: 'As Hypercore encodes it: `core.getManifest({ raw: true })`.' });

/** Where a feed comes from, for everybody to check: see `verifyProvenance` in protocol/provenance.ts. */
export const provenance = z
  .object({
    origin: z.enum(['hosted', 'mirrored']),
    feedId: uuid,
    cores: z
      .array(z.object({ role: z.string(), key: hex32 }))
      .min(1)
      .max(MAX_CORES),
    seller: z.object({ id: uuid, name: z.string() }),
    sinceMs: timeMs.meta({
      description: 'Since when the market holds the writer; of a mirrored feed when it was proved.',
    }),
    market: hex32.meta({ description: 'The public key that the market signs with.' }),
    signature: ed25519Signature.meta({ description: 'Of the market, over all that is above.' }),
    proof: z
      .object({
        challenge: hex32,
        cores: z.array(
          z.object({ key: hex32, signature: ed25519Signature, manifest: coreManifest.nullable() }),
        ),
      })
      .nullable()
      .meta({
        description:
          'The writers’ own signatures over the challenge: they name this market as the one that sells their cores.',
      }),
  })
  .meta({
    description:
      'Hosted: the market attests that it holds the writer for this seller. Mirrored: that the seller proved to hold it.',
  });
