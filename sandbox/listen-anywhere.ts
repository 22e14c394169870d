import { randomInt } from 'node:crypto';

// Below the ports that systems give to outgoing connections: nobody takes one between restarts.
const FIRST_PORT = 15_000;
const LAST_PORT = 31_999;
const RETRIES = 20;
const RETRY_MS = 100;

interface Listener {
  listen(port: number): Promise<number>;
}

/** Listens on the remembered port, waiting a little for it to get free, else on any free one. */
export async function listenAnywhere(server: Listener, remembered: number): Promise<number> {
  for (let attempt = 0; attempt < RETRIES && remembered !== 0; attempt++) {
    const port = await server.listen(remembered).catch(() => undefined);
    if (port !== undefined) return port;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    const candidate = randomInt(FIRST_PORT, LAST_PORT + 1);
    const port = await server.listen(candidate).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return server.listen(0);
}
