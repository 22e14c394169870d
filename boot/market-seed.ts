import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.ts';

const FILE = 'market.seed';

/**
 * The 32 bytes that all keys of the market come from: MARKET_SEED, or a file in the data directory that whichever process
 * is first there makes. A market on several machines needs MARKET_SEED.
 *
 * @throws {ConfigError} when the file holds something else
 */
export async function readMarketSeed(
  config: Pick<Config, 'marketSeed' | 'dataDir'>,
): Promise<Buffer> {
  if (config.marketSeed) return Buffer.from(config.marketSeed, 'hex');
  const path = join(config.dataDir, FILE);
  const text = (await readOrNull(path)) ?? (await make(path));
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new ConfigError(`${path} does not hold 64 hexadecimal digits`);
  }
  return Buffer.from(text, 'hex');
}

// A link to a finished file either appears whole or is there already: nobody reads half a seed, nobody has his own.
async function make(path: string): Promise<string> {
  const mine = `${path}.${process.pid}`;
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(mine, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  try {
    await link(mine, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(mine, { force: true });
  }
  return (await readFile(path, 'utf8')).trim();
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
