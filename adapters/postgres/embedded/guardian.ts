// Runs one PostgreSQL for the process that started it and stops it when that process is gone, however it went.
import { startCluster } from './cluster.ts';

const [dir, port] = process.argv.slice(2);
if (!dir || !process.send) throw new Error('started by startEmbeddedPostgres only');

// A Ctrl-C is for the parent, which stops the database last.
process.on('SIGINT', () => {});

try {
  const cluster = await startCluster(dir, Number(port));
  const stop = async () => {
    await cluster.stop();
    process.exit(0);
  };
  cluster.process.on('exit', () => process.exit(1));
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  if (process.connected) process.send({ url: cluster.url });
  else await stop();
} catch (error) {
  if (process.connected) process.send({ error: (error as Error).message });
  process.exit(1);
}
