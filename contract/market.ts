import { z } from 'zod';
import { hex32 } from './primitives.ts';

/** Where to find the market's seeders, and which Lightning network it is paid on. */
export const market = z.object({
  name: z.string(),
  network: z.enum(['sandbox', 'regtest', 'signet', 'testnet', 'mainnet']),
  swarm: z.object({
    /** Noise keys of the seeding nodes that are up. */
    seeders: z.array(hex32),
    /** DHT bootstrap nodes; empty for the public DHT. */
    bootstrap: z.array(z.object({ host: z.string(), port: z.int() })),
  }),
});
export type Market = z.infer<typeof market>;
