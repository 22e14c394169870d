import { openPrisma } from '../adapters/postgres/prisma-client.ts';
import { replaceFile } from '../buyer/files.ts';
import { checkApiKey, createApiKey, type KeyEnv } from '../flow/api-keys.ts';
import { readOrNull } from './shop-files.ts';

/** Who sells; what is left out stays as it is. */
export interface Seller {
  name?: string | undefined;
  homepage?: string | undefined;
  contact?: string | undefined;
}

const UNNAMED = 'A Dazaar shop';

/** The API key of the one seller of a shop, kept in a file that nobody else reads; both are made when there is none. */
export async function sellerKey(
  databaseUrl: string,
  { file, keyEnv, seller }: { file: string; keyEnv: KeyEnv; seller: Seller },
): Promise<string> {
  const prisma = openPrisma(databaseUrl);
  try {
    const known = await prisma.seller.findFirst({ orderBy: { createdAt: 'asc' } });
    const { name = known?.name ?? UNNAMED, ...more } = seller;
    const data = { name, ...withoutUndefined(more) };
    const { id } = known
      ? await prisma.seller.update({ where: { id: known.id }, data })
      : await prisma.seller.create({ data });
    const kept = (await readOrNull(file))?.trim() ?? '';
    if ((await checkApiKey(prisma, kept, keyEnv)).outcome === 'live') return kept;
    const key = await createApiKey(prisma, id, 'shop', keyEnv);
    await replaceFile(file, `${key}\n`);
    return key;
  } finally {
    await prisma.$disconnect();
  }
}

function withoutUndefined(fields: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(fields);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]));
}
