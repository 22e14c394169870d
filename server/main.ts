import { readConfig } from '../boot/config.ts';
import { openContext, openNode } from '../boot/context.ts';
import { run } from '../boot/run.ts';
import { startServer } from './server.ts';

await run(async () => {
  const config = readConfig();
  const lightning = openNode(config);
  const context = openContext(config, 'server');
  const server = await startServer({ ...config, ...context, lightning });
  context.log.info({ url: server.url }, 'server ready');
  return async () => {
    await server.close();
    await context.close();
  };
});
