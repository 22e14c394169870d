import { join } from 'node:path';
import { readConfig } from '../boot/config.ts';
import { openContext } from '../boot/context.ts';
import { run } from '../boot/run.ts';
import { startSeeder } from './seeder.ts';

await run(async () => {
  const config = readConfig();
  const context = openContext(config, 'seeder');
  const seeder = await startSeeder({
    prisma: context.prisma,
    listen: context.listen,
    log: context.log,
    storageDir: join(config.dataDir, 'seeder'),
    bootstrap: config.bootstrap.length > 0 ? config.bootstrap : null,
  });
  return async () => {
    await seeder.stop();
    await context.close();
  };
});
