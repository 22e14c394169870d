import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openAnnouncements } from '../boot/announcements.ts';
import { ConfigError } from '../boot/config.ts';
import type { Listen } from '../boot/context.ts';
import { Draining } from '../http/draining.ts';
import { createListener } from '../http/listener.ts';
import { buildApp } from './app.ts';
import { authenticateWith } from './auth.ts';
import type { ServerDeps } from './deps.ts';

// The longest wait for the node, which an order may be in the middle of.
const ANSWERS_WITHIN_MS = 10_000;

export interface Server {
  url: string;
  /** Takes no more connections, lets requests under way finish within a bound, and ends streams. */
  close(): Promise<void>;
}

export interface ServerOptions
  extends Omit<
    ServerDeps,
    'orders' | 'appended' | 'written' | 'authenticate' | 'origin' | 'draining'
  > {
  listen: Listen;
  host: string;
  port: number;
  /** The origin that links name; where it listens if not given. */
  publicUrl?: string | undefined;
  /** How the end of the server is told ahead; left out, nobody is told. */
  draining?: Draining;
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { host, port, publicUrl, listen, draining = new Draining(), ...rest } = options;
  const orders = await openAnnouncements(listen, 'orders');
  const appended = await openAnnouncements(listen, 'appended');
  const written = await openAnnouncements(listen, 'files_written');
  let url = '';
  const origin = () => publicUrl ?? url;
  const authenticate = authenticateWith(rest);
  const deps = { ...rest, draining, orders, appended, written, authenticate, origin };
  const http = createListener(await buildApp(deps), draining);
  http.listen(port, host);
  await once(http, 'listening').catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new ConfigError(`port ${port} on ${host} is taken: set PORT to another one`);
  });
  const address = http.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  url = `http://${shownHost}:${address.port}`;

  return {
    url,
    async close() {
      await draining.end(http, ANSWERS_WITHIN_MS);
      await Promise.all([orders.close(), appended.close(), written.close()]);
    },
  };
}
