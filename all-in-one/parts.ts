import createTestnet from 'hyperdht/testnet.js';
import { startEmbeddedPostgres } from '../adapters/postgres/embedded/start.ts';
import { applyMigrations } from '../adapters/postgres/migrations.ts';

const DHT_NODES = 4;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export type ProgramName = 'server' | 'workers' | 'seeder';

/** Something that runs, and the environment that tells others of it. */
export interface Part {
  env: Record<string, string>;
  /** What one program alone is told. */
  programs?: Record<ProgramName, Record<string, string>>;
  stop(): Promise<void>;
}

const GIVEN: Part = { env: {}, stop: async () => {} };

/** The database named by DATABASE_URL, or an embedded one; migrated either way. */
export async function openDatabase(dir: string, env: NodeJS.ProcessEnv): Promise<Part> {
  if (env.DATABASE_URL) {
    await applyMigrations(env.DATABASE_URL);
    return GIVEN;
  }
  const postgres = await startEmbeddedPostgres(dir);
  await applyMigrations(postgres.url);
  return { env: { DATABASE_URL: postgres.url }, stop: postgres.stop };
}

/**
 * The DHT of DHT_BOOTSTRAP, the public one where real money is paid, or a private one on this machine.
 *
 * @param port that a private one is entered by; 0: any free one
 */
export async function openDht(env: NodeJS.ProcessEnv, port = 0): Promise<Part> {
  if (env.DHT_BOOTSTRAP || env.LND_SOCKET) return GIVEN;
  const testnet = await createTestnet(DHT_NODES, { host: '127.0.0.1', port });
  const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`).join(',');
  return { env: { DHT_BOOTSTRAP: bootstrap }, stop: () => testnet.destroy() };
}

/**
 * Whoever plays on his own machine receives webhooks there. A market that others can reach, or that takes real money, is
 * not made to call what listens inside.
 */
export function localReceivers(env: NodeJS.ProcessEnv): Record<string, string> {
  const isOpen = env.LND_SOCKET || env.PUBLIC_URL || !LOOPBACK.has(env.HOST || '127.0.0.1');
  return isOpen || env.OUTBOUND_ALLOW ? {} : { OUTBOUND_ALLOW: '127.0.0.0/8,::1/128' };
}
