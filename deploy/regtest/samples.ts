// Puts sample data sets on sale, as any seller would, and goes on with a reading a second for the live one.
import { mkdirSync } from 'node:fs';
import { openPrisma } from '../../adapters/postgres/prisma-client.ts';
import { readConfig } from '../../boot/config.ts';
import { sampleSellerKey } from '../../prisma/seed/sample-seller.ts';
import { seedCatalogue } from '../../prisma/seed/seed.ts';
import { keyEnvOf } from '../../server/auth.ts';

const config = readConfig();
const baseUrl = config.publicUrl ?? `http://${config.host}:${config.port}`;

mkdirSync(config.dataDir, { recursive: true });
const prisma = openPrisma(config.databaseUrl);
const apiKey = await sampleSellerKey(prisma, config.dataDir, keyEnvOf(config.network));
await prisma.$disconnect();
await seedCatalogue({ baseUrl, apiKey, log: (line) => console.log(line) });

Object.assign(process.env, { DAZAAR_API_KEY: apiKey, DAZAAR_URL: baseUrl });
await import('../../examples/live-feed.ts');
