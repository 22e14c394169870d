import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections: nobody takes one between restarts.
const FIRST_PORT = 15_000;
const LAST_PORT = 31_999;
const CANDIDATES = 20;
const RETRIES = 100;
const RETRY_MS = 100;

interface Listener {
  listen(port: number): Promise<number>;
}

/** Listens on the remembered port, waiting some seconds for it to get free, else on any free one. */
export async function listenAnywhere(server: Listener, remembered: number): Promise<number> {
  for (let attempt = 0; attempt < RETRIES && remembered !== 0; attempt++) {
    const port = await listenIfFree(server, remembered);
    if (port !== undefined) return port;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  for (let attempt = 0; attempt < CANDIDATES; attempt++) {
    const port = await listenIfFree(server, randomInt(FIRST_PORT, LAST_PORT + 1));
    if (port !== undefined) return port;
  }
  return server.listen(0);
}

/** Probed first: a server of grpc-js that has once failed to take a port never takes it again. */
async function listenIfFree(server: Listener, port: number): Promise<number | undefined> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return undefined;
  }
  probe.close();
  await once(probe, 'close');
  return server.listen(port).catch(() => undefined);
}
