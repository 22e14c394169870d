import { join } from 'node:path';
import { checkedConfig } from '../boot/check.ts';
import { openContext, openLimits, openNode } from '../boot/context.ts';
import { readMarketSeed } from '../boot/market-seed.ts';
import { run } from '../boot/run.ts';
import { Draining } from '../http/draining.ts';
import { measureSeeder } from '../ops/metrics/programs.ts';
import { startOps } from '../ops/ops.ts';
import { startTracing } from '../ops/tracing.ts';
import { marketKeys } from '../protocol/market-keys.ts';
import { seederHealth } from './health.ts';
import { type Seeder, startSeeder } from './seeder.ts';

await run(async () => {
  const config = await checkedConfig('seeder');
  const context = openContext(config, 'seeder');
  const sendTraces = await startTracing(config, 'seeder', context.log);
  const { host, port, publicUrl, dataDir, gateway } = config;
  const limiter = await openLimits(config, context.log);
  const draining = new Draining();
  let seeder: Seeder | undefined;
  const ops = await startOps(config, context.log, {
    health: seederHealth(
      context.prisma,
      () => seeder,
      () => draining.begun,
    ),
    measure: () => measureSeeder(() => seeder?.state ?? null),
  });
  const selling = {
    ...config,
    limiter,
    outbound: context.outbound,
    lightning: config.lnd ? openNode(config) : null,
    marketUrl: publicUrl ?? `http://${host}:${port}`,
  };
  const started = await startSeeder({
    prisma: context.prisma,
    listen: context.listen,
    log: context.log,
    keys: marketKeys(await readMarketSeed(config)),
    storageDir: join(dataDir, 'seeder'),
    bootstrap: config.bootstrap.length > 0 ? config.bootstrap : null,
    desk: selling,
    gateway: { ...selling, ...gateway, draining },
  });
  seeder = started;
  return {
    drain: () => draining.begin(config.drainMs),
    async stop() {
      await started.stop();
      await ops.close();
      await limiter.close();
      await context.close();
      await sendTraces();
    },
  };
});
