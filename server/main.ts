import { checkedConfig } from '../boot/check.ts';
import { openContext, openLimits, openNode, openPlayWallet } from '../boot/context.ts';
import { readMarketSeed } from '../boot/market-seed.ts';
import { run } from '../boot/run.ts';
import { Draining } from '../http/draining.ts';
import { measureServer } from '../ops/metrics/programs.ts';
import { startOps } from '../ops/ops.ts';
import { startTracing } from '../ops/tracing.ts';
import { marketKeys } from '../protocol/market-keys.ts';
import { serverHealth } from './health.ts';
import { startServer } from './server.ts';

await run(async () => {
  const config = await checkedConfig('server');
  const lightning = openNode(config);
  const context = openContext(config, 'server');
  const sendTraces = await startTracing(config, 'server', context.log);
  const keys = marketKeys(await readMarketSeed(config));
  const limiter = await openLimits(config, context.log);
  const draining = new Draining();
  const health = serverHealth({ ...context, lightning, limiter, draining });
  const ops = await startOps(config, context.log, { health, measure: measureServer });
  const server = await startServer({
    ...config,
    ...context,
    keys,
    lightning,
    playWallet: openPlayWallet(config),
    limiter,
    draining,
  });
  context.log.info({ url: server.url }, 'server ready');
  return {
    drain: () => draining.begin(config.drainMs),
    async stop() {
      await server.close();
      await ops.close();
      await limiter.close();
      await context.close();
      await sendTraces();
    },
  };
});
