import { z } from 'zod';
import { hex32, timeMs } from './primitives.ts';

/** The chain that invoices of each network name. The sandbox is a private regtest. */
export const CHAIN_OF = {
  sandbox: 'regtest',
  regtest: 'regtest',
  signet: 'signet',
  testnet: 'testnet',
  mainnet: 'bitcoin',
} as const;

/** The Lightning network that invoices are of. */
export const lightningNetwork = z.enum(['sandbox', 'regtest', 'signet', 'testnet', 'mainnet']);

/** Where to find the market's seeders, and which Lightning network it is paid on. */
export const market = z.object({
  name: z.string(),
  publicKey: hex32.meta({
    description: 'The Ed25519 key that it signs with; what a buyer key signs for it names it.',
  }),
  nowMs: timeMs.meta({ description: 'Its clock when it answered: what statements are judged by.' }),
  network: lightningNetwork,
  swarm: z.object({
    /** Noise keys of the seeding nodes that are up. */
    seeders: z.array(hex32),
    /** DHT bootstrap nodes; empty for the public DHT. */
    bootstrap: z.array(z.object({ host: z.string(), port: z.int() })),
  }),
  trialWorkBits: z.int().nonnegative().meta({
    description: 'How much work a trial takes: so many zero bits; 0: none.',
  }),
  gateways: z.array(z.url()).meta({
    description: 'Where bought data is read over HTTP: the data gateways of the seeders.',
    example: ['http://127.0.0.1:8471'],
  }),
});
export type Market = z.infer<typeof market>;
