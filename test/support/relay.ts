import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

interface NostrEvent {
  id: string;
  pubkey: string;
  created_at: number;
  kind: number;
  tags: string[][];
  content: string;
}

interface Filter {
  ids?: string[];
  kinds?: number[];
  authors?: string[];
  since?: number;
  until?: number;
  [tag: `#${string}`]: string[] | undefined;
}

const EPHEMERAL = { from: 20_000, to: 30_000 };

export interface Relay extends AsyncDisposable {
  url: string;
  /** Takes no event from here on and says nothing to that, as a relay that hangs. */
  hang(): void;
}

/** A Nostr relay (NIP-01) on this machine: keeps events, but ephemeral ones, and passes them on to who asked. */
export async function startRelay(): Promise<Relay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const kept: NostrEvent[] = [];
  const subscriptions = new Map<WebSocket, Map<string, Filter[]>>();
  let hangs = false;

  const publish = (event: NostrEvent) => {
    if (event.kind < EPHEMERAL.from || event.kind >= EPHEMERAL.to) kept.push(event);
    for (const [socket, asked] of subscriptions) {
      for (const [name, filters] of asked) {
        if (filters.some((one) => matches(one, event))) tell(socket, ['EVENT', name, event]);
      }
    }
  };

  server.on('connection', (socket) => {
    const asked = new Map<string, Filter[]>();
    subscriptions.set(socket, asked);
    socket.on('close', () => subscriptions.delete(socket));
    socket.on('message', (data) => {
      const [type, first, ...rest] = JSON.parse(String(data));
      if (type === 'EVENT') {
        if (hangs) return;
        tell(socket, ['OK', first.id, true, '']);
        publish(first);
      } else if (type === 'REQ') {
        asked.set(first, rest);
        const found = kept.filter((event) => rest.some((one: Filter) => matches(one, event)));
        for (const event of found) tell(socket, ['EVENT', first, event]);
        tell(socket, ['EOSE', first]);
      } else if (type === 'CLOSE') asked.delete(first);
    });
  });

  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    hang() {
      hangs = true;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function matches(filter: Filter, event: NostrEvent): boolean {
  const { ids, kinds, authors, since = 0, until = Number.POSITIVE_INFINITY } = filter;
  if (ids && !ids.includes(event.id)) return false;
  if (kinds && !kinds.includes(event.kind)) return false;
  if (authors && !authors.includes(event.pubkey)) return false;
  if (event.created_at < since || event.created_at > until) return false;
  return Object.entries(filter).every(([name, wanted]) => {
    if (!name.startsWith('#')) return true;
    const values = event.tags.filter(([tag]) => tag === name.slice(1)).map(([, value]) => value);
    return values.some((value) => (wanted as string[]).includes(value ?? ''));
  });
}

function tell(socket: WebSocket, message: unknown[]): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}
