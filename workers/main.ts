import { checkedConfig } from '../boot/check.ts';
import { openContext, openJobs, openNode, openPayer, openRates } from '../boot/context.ts';
import { readMarketSeed } from '../boot/market-seed.ts';
import { run } from '../boot/run.ts';
import { measureWorkers } from '../ops/metrics/programs.ts';
import { startOps } from '../ops/ops.ts';
import { QUEUES_PATH, queueBoard } from '../ops/queue-board.ts';
import { startTracing } from '../ops/tracing.ts';
import { marketKeys } from '../protocol/market-keys.ts';
import { workersHealth } from './health.ts';
import { startWorkers } from './workers.ts';

await run(async () => {
  const config = await checkedConfig('workers');
  const lightning = openNode(config);
  const payer = openPayer(config);
  const context = openContext(config, 'workers');
  const sendTraces = await startTracing(config, 'workers', context.log);
  const queue = await openJobs(config, context.log);
  const { log, prisma } = context;
  const ops = await startOps(config, log, {
    health: workersHealth(prisma, lightning, queue),
    measure: () => measureWorkers(prisma, lightning, queue),
    pages: () => ({ [QUEUES_PATH]: queueBoard(queue, config.adminPassword, log) }),
  });
  const keys = marketKeys(await readMarketSeed(config));
  const source = openRates(config);
  const rates = source && { source, maxAgeMs: config.ratesMaxAgeMs };
  const { commissionBasisPoints, orderTtlMs, trialWorkBits, reconcileEveryMs, holdMs } = config;
  const limits = { commissionBasisPoints, orderTtlMs, trialWorkBits, reconcileEveryMs, holdMs };
  const stop = await startWorkers({ ...context, ...limits, keys, lightning, payer, queue, rates });
  context.log.info('workers ready');
  return async () => {
    await stop();
    await ops.close();
    await context.close();
    await sendTraces();
  };
});
