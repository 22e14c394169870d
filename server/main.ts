import { readConfig } from '../boot/config.ts';
import { openContext, openLimits, openNode, openPlayWallet } from '../boot/context.ts';
import { readMarketSeed } from '../boot/market-seed.ts';
import { run } from '../boot/run.ts';
import { Draining } from '../http/draining.ts';
import { marketKeys } from '../protocol/market-keys.ts';
import { startServer } from './server.ts';

await run(async () => {
  const config = readConfig();
  const lightning = openNode(config);
  const context = openContext(config, 'server');
  const keys = marketKeys(await readMarketSeed(config));
  const limiter = await openLimits(config, context.log);
  const draining = new Draining();
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
      await limiter.close();
      await context.close();
    },
  };
});
