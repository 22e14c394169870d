import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server on this machine. */
export interface TcpRelay extends AsyncDisposable {
  /** By name, as in the certificates of nodes. */
  socket: string;
  /** Breaks every connection; new ones go through. */
  cut(): void;
  /** Passes nothing on any more, either way, and says nothing to it: as a firewall that has forgotten a connection. */
  freeze(): void;
  /** New connections go through again; those that were frozen stay so. */
  thaw(): void;
}

/** @param target `host:port` */
export async function startTcpRelay(target: string): Promise<TcpRelay> {
  const [host, port] = target.split(':') as [string, string];
  const pairs = new Set<[Socket, Socket]>();
  let isFrozen = false;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    if (isFrozen) return;
    near.pipe(far);
    far.pipe(near);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  return {
    socket: `localhost:${(server.address() as AddressInfo).port}`,
    cut,
    freeze() {
      isFrozen = true;
      for (const [near, far] of pairs) {
        near.unpipe();
        far.unpipe();
      }
    },
    thaw() {
      isFrozen = false;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
