// npm run seller -- NAME: makes a seller and prints an API key, once.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../boot/config.ts';
import { openContext } from '../boot/context.ts';
import { createApiKey } from '../flow/api-keys.ts';
import { keyEnvOf } from './auth.ts';

const name = process.argv[2]?.trim();
if (!name || name.length > 80) fail('usage: npm run seller -- NAME (up to 80 characters)');

try {
  console.log(await createSeller(name));
} catch (error) {
  fail(
    error instanceof ConfigError
      ? error.message
      : `no seller was made: ${(error as Error).message}`,
  );
}

async function createSeller(sellerName: string): Promise<string> {
  const { DATABASE_URL = runningDatabase(), LIGHTNING_NETWORK = 'sandbox' } = process.env;
  const config = readConfig({
    ...process.env,
    DATABASE_URL,
    LIGHTNING_NETWORK,
    LOG_LEVEL: 'silent',
  });
  const { prisma, close } = openContext(config, 'new-seller');
  try {
    const seller = await prisma.seller.create({ data: { name: sellerName } });
    return await createApiKey(prisma, seller.id, 'first key', keyEnvOf(config.network));
  } finally {
    await close();
  }
}

/** The embedded database of a market that was started here. */
function runningDatabase(): string {
  const file = join(process.env.DAZAAR_DATA ?? '.dazaar', 'database.url');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
