import { readConfig } from '../boot/config.ts';
import { openContext, openLimits, openNode, openPlayWallet } from '../boot/context.ts';
import { readMarketSeed } from '../boot/market-seed.ts';
import { run } from '../boot/run.ts';
import { marketKeys } from '../protocol/market-keys.ts';
import { startServer } from './server.ts';

await run(async () => {
  const config = readConfig();
  const lightning = openNode(config);
  const context = openContext(config, 'server');
  const keys = marketKeys(await readMarketSeed(config));
  const limiter = await openLimits(config, context.log);
  const server = await startServer({
    ...config,
    ...context,
    keys,
    lightning,
    playWallet: openPlayWallet(config),
    limiter,
  });
  context.log.info({ url: server.url }, 'server ready');
  return async () => {
    await server.close();
    await limiter.close();
    await context.close();
  };
});
