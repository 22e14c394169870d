// A seeder in a process of its own, to be killed: node seeder-process.ts <database url> <storage dir> <bootstrap JSON>
import pino from 'pino';
import { openListen } from '../../adapters/postgres/listen.ts';
import { openPrisma } from '../../adapters/postgres/prisma-client.ts';
import { startSeeder } from '../../seeder/seeder.ts';

const [url, storageDir, bootstrap] = process.argv.slice(2);
if (!url || !storageDir || !bootstrap) throw new Error('started by tests only');

const log = pino({ level: 'warn' }, pino.destination(2));
const seeder = await startSeeder({
  prisma: openPrisma(url),
  listen: openListen(url, log),
  log,
  storageDir,
  bootstrap: JSON.parse(bootstrap),
});
process.send?.(seeder.key.toString('hex'));
process.on('disconnect', () => process.exit());
