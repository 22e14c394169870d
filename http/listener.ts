import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemTitle, problemType } from '../contract/problem-codes.ts';
import type { Draining } from './draining.ts';

const MAX_CONNECTIONS = 10_000;

/** Bounds what one connection may cost. A body may take a day: uploads have no end, and whoever reads one bounds pauses. */
const BOUNDS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 24 * 60 * 60_000,
  // Longer than the minute for which load balancers keep connections, lest one is closed as a request is put on it.
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 2_000,
};

const STATUS_OF_FAULT: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** An HTTP server that slow, endless and broken requests cannot hold. */
export function createListener(app: RequestListener, draining?: Draining): Server {
  const server = createServer(BOUNDS, (req, res) => {
    if (draining?.begun) res.setHeader('Connection', 'close');
    app(req, res);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', refuse);
  return server;
}

// What is not HTTP never reaches the application; it is told so all the same.
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
  const status = STATUS_OF_FAULT[code] ?? 400;
  const title = problemTitle(status);
  const problem = { type: problemType('bad-request'), title, status, code: 'bad-request' };
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
