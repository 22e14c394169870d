import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkApiKey, createApiKey, type KeyEnv } from '../../flow/api-keys.ts';
import type { PrismaClient } from '../client/client.ts';

const NAME = 'Dazaar Samples';

/** The API key of the seller whose listings fill an empty market; kept in `dir`. */
export async function sampleSellerKey(
  prisma: PrismaClient,
  dir: string,
  keyEnv: KeyEnv,
): Promise<string> {
  const file = join(dir, 'sample-seller.key');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if ((await checkApiKey(prisma, kept, keyEnv)).outcome === 'live') return kept;
  const known = await prisma.seller.findFirst({ where: { name: NAME } });
  const seller = known ?? (await prisma.seller.create({ data: { name: NAME } }));
  const key = await createApiKey(prisma, seller.id, 'samples', keyEnv);
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}
