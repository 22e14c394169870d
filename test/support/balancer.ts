import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const CHECK_EVERY_MS = 200;

/** A load balancer: takes turns among those whose `/readyz` says 200, and tries nothing twice. */
export interface Balancer extends AsyncDisposable {
  url: string;
  /** Whether requests are sent there. */
  isUp(url: string): boolean;
}

/** Puts a balancer in front of servers, which may be there or not. Connections are kept, as in production. */
export async function startBalancer(urls: string[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true });
  const up = new Set<string>();
  const check = async (url: string) => {
    const status = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
      .then((answer) => answer.status)
      .catch(() => 0);
    if (status === 200) up.add(url);
    else up.delete(url);
  };
  const timers = urls.map((url) => setInterval(() => check(url), CHECK_EVERY_MS));

  let turn = 0;
  const server = createServer((req, res) => {
    const [url] = [...up].slice(turn++ % Math.max(up.size, 1));
    if (!url) return res.writeHead(502).end('nobody is up');
    const { connection: _, ...headers } = req.headers;
    const onward = request(`${url}${req.url}`, { method: req.method, headers, agent });
    onward.on('error', (error) => {
      if (res.headersSent) res.destroy();
      else res.writeHead(502).end(`${error}`);
    });
    onward.on('response', (answer) => {
      const { connection: _, 'keep-alive': __, ...kept } = answer.headers;
      res.writeHead(answer.statusCode ?? 502, kept);
      answer.on('error', () => res.destroy());
      answer.pipe(res);
    });
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isUp: (url) => up.has(url),
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer);
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
