import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type WebhookBody, type WebhookType, webhookBody } from '../../contract/webhook.ts';
import { until } from './until.ts';

export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  text: string;
  body: WebhookBody;
}

export interface Receiver extends AsyncDisposable {
  url: string;
  received: Received[];
  /** How it answers; 204 unless set. */
  answer: (res: ServerResponse, message: Received) => unknown;
  /** Waits for a message of a type, verified by the secret. */
  hears(type: WebhookType, secret: string): Promise<Received>;
}

/** A seller's receiver of webhooks on this machine. What it gets must be as the contract says. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const body = JSON.parse(text) as WebhookBody;
    webhookBody[body.type].strict().parse(body);
    const message = { id: `${req.headers['webhook-id']}`, headers: req.headers, text, body };
    received.push(message);
    receiver.answer(res, message);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answer: (res) => res.writeHead(204).end(),
    async hears(type, secret) {
      const find = () => received.find(({ body }) => body.type === type);
      await until(async () => find() !== undefined, 30_000);
      const message = find() as Received;
      new Webhook(secret).verify(message.text, message.headers as Record<string, string>);
      return message;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  return receiver;
}
