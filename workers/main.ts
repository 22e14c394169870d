import { readConfig } from '../boot/config.ts';
import { openContext, openJobs, openNode, openPayer, openRates } from '../boot/context.ts';
import { readMarketSeed } from '../boot/market-seed.ts';
import { run } from '../boot/run.ts';
import { marketKeys } from '../protocol/market-keys.ts';
import { startWorkers } from './workers.ts';

await run(async () => {
  const config = readConfig();
  const lightning = openNode(config);
  const payer = openPayer(config);
  const context = openContext(config, 'workers');
  const queue = await openJobs(config, context.log);
  const keys = marketKeys(await readMarketSeed(config));
  const source = openRates(config);
  const rates = source && { source, maxAgeMs: config.ratesMaxAgeMs };
  const { commissionBasisPoints, orderTtlMs, reconcileEveryMs, holdMs } = config;
  const limits = { commissionBasisPoints, orderTtlMs, reconcileEveryMs, holdMs };
  const stop = await startWorkers({ ...context, ...limits, keys, lightning, payer, queue, rates });
  context.log.info('workers ready');
  return async () => {
    await stop();
    await context.close();
  };
});
