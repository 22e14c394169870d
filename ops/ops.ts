import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Handler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { type Config, ConfigError } from '../boot/config.ts';
import { createListener } from '../http/listener.ts';
import type { Health } from './health.ts';
import { Source } from './metrics/source.ts';

/** What a process has for its operators. */
export interface OpsOptions {
  health: Health;
  /** Begins to count, and names what is read when somebody scrapes. */
  measure: () => readonly Source[];
  /** What else there is, by path. */
  pages?: () => Record<string, Handler>;
}

/** Where a process answers its operators. */
export interface Ops {
  /** null: nowhere, and nothing is counted. */
  url: string | null;
  close(): Promise<void>;
}

/**
 * Answers operators on a port of its own, if there is to be one: `/healthz` (the process lives), `/readyz` (it takes
 * work, part by part) and `/metrics` for Prometheus. To be started ahead of all else: it tells what a process that does
 * not come up waits for.
 *
 * @throws {ConfigError} when the port is taken
 */
export async function startOps(
  { ops }: Pick<Config, 'ops'>,
  log: Logger,
  options: OpsOptions,
): Promise<Ops> {
  if (!ops) return { url: null, close: async () => {} };
  const http = createListener(opsApp(log, options));
  http.listen(ops.port, ops.host);
  await once(http, 'listening').catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new ConfigError(
      `port ${ops.port} on ${ops.host} is taken: each process needs an OPS_PORT of its own`,
    );
  });
  const { address, family, port } = http.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  log.info({ url }, 'answers its operators');
  return {
    url,
    async close() {
      const closed = once(http, 'close');
      http.close();
      http.closeAllConnections();
      await closed;
    },
  };
}

function opsApp(
  log: Logger,
  { health, measure, pages: openPages = () => ({}) }: OpsOptions,
): Express {
  collectDefaultMetrics();
  const read = [...measure(), healthSource(health)];
  const pages = openPages();
  const app = express();
  app.disable('x-powered-by');
  app.use(noStore);

  app.get('/healthz', (_req, res) => void res.json({ ok: true }));

  app.get('/readyz', async (_req, res) => {
    const report = await health.read();
    res.status(report.ok ? 200 : 503).json(report);
  });

  app.get('/metrics', async (_req, res) => {
    await Promise.all(read.map((source) => source.refresh(log)));
    res.set('Content-Type', register.contentType).send(await register.metrics());
  });

  for (const [path, page] of Object.entries(pages)) app.use(path, page);
  const plain = helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  app.use(plain, (_req, res) => {
    res
      .status(404)
      .type('text')
      .send(`Here are ${['/healthz', '/readyz', '/metrics', ...Object.keys(pages)].join(', ')}.\n`);
  });
  const failed: express.ErrorRequestHandler = (err, req, res, next) => {
    if (res.headersSent) return next(err);
    log.error({ err, path: req.path }, 'a question of the operators failed');
    res.status(500).type('text').send('Something broke. It was logged.\n');
  };
  app.use(failed);
  return app;
}

const noStore: Handler = (_req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
};

function healthSource(health: Health): Source {
  const ready = new Gauge({
    name: 'dazaar_ready',
    help: 'Whether this process takes work, as /readyz says: 1 or 0.',
  });
  const parts = new Gauge({
    name: 'dazaar_part_ready',
    help: 'Whether a part that this process works with is there, as /readyz says: 1 or 0.',
    labelNames: ['part'],
  });
  return new Source('health', [ready, parts], async () => {
    const report = await health.read();
    ready.set(Number(report.ok));
    for (const [part, holds] of Object.entries(report.parts)) parts.set({ part }, Number(holds));
  });
}
