// Receives a seller's webhooks: verifies each message and prints its body, one a line.
//
//   WEBHOOK_SECRET=whsec_… PORT=8480 node examples/webhook-receiver.ts
//
// Any library of https://www.standardwebhooks.com verifies them; this is the one for JavaScript.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';

const PORT = Number(process.env.PORT ?? 8480);
const SECRET = process.env.WEBHOOK_SECRET ?? '';
const MAX_BODY_BYTES = 256 * 1024;
const REMEMBERED = 10_000;

if (SECRET === '') {
  console.error('webhook-receiver: set WEBHOOK_SECRET to the secret of the webhook (whsec_…)');
  process.exit(2);
}

const webhook = new Webhook(SECRET);
const seen = new Set<string>();

createServer((req, res) => {
  receive(req, res).catch(() => res.writeHead(400).end());
}).listen(PORT, '127.0.0.1', () => {
  console.error(`webhook-receiver: listening at http://127.0.0.1:${PORT}/`);
});

async function receive(req: IncomingMessage, res: ServerResponse): Promise<void> {
  // The signature is over the bytes as they came, so they are verified before anything reads them.
  const body = await readBody(req);
  const id = `${req.headers['webhook-id']}`;
  webhook.verify(body, req.headers as Record<string, string>);
  // Messages may come twice, always under one id.
  if (!seen.has(id)) console.log(body);
  remember(id);
  res.writeHead(204).end();
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function remember(id: string): void {
  seen.add(id);
  const [oldest] = seen;
  if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
}
