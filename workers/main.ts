import { readConfig } from '../boot/config.ts';
import { openContext, openJobs, openNode } from '../boot/context.ts';
import { run } from '../boot/run.ts';
import { startWorkers } from './workers.ts';

await run(async () => {
  const config = readConfig();
  const lightning = openNode(config);
  const context = openContext(config, 'workers');
  const queue = await openJobs(config, context.log);
  const { commissionBasisPoints, orderTtlMs, reconcileEveryMs } = config;
  const limits = { commissionBasisPoints, orderTtlMs, reconcileEveryMs };
  const stop = await startWorkers({ ...context, ...limits, lightning, queue });
  context.log.info('workers ready');
  return async () => {
    await stop();
    await context.close();
  };
});
