import { join } from 'node:path';
import { readConfig } from '../boot/config.ts';
import { openContext, openLimits, openNode } from '../boot/context.ts';
import { readMarketSeed } from '../boot/market-seed.ts';
import { run } from '../boot/run.ts';
import { Draining } from '../http/draining.ts';
import { marketKeys } from '../protocol/market-keys.ts';
import { startSeeder } from './seeder.ts';

await run(async () => {
  const config = readConfig();
  const context = openContext(config, 'seeder');
  const { host, port, publicUrl, dataDir, gateway } = config;
  const limiter = await openLimits(config, context.log);
  const draining = new Draining();
  const seeder = await startSeeder({
    prisma: context.prisma,
    listen: context.listen,
    log: context.log,
    storageDir: join(dataDir, 'seeder'),
    bootstrap: config.bootstrap.length > 0 ? config.bootstrap : null,
    gateway: {
      ...config,
      ...gateway,
      limiter,
      draining,
      outbound: context.outbound,
      keys: marketKeys(await readMarketSeed(config)),
      lightning: config.lnd ? openNode(config) : null,
      marketUrl: publicUrl ?? `http://${host}:${port}`,
    },
  });
  return {
    drain: () => draining.begin(config.drainMs),
    async stop() {
      await seeder.stop();
      await limiter.close();
      await context.close();
    },
  };
});
