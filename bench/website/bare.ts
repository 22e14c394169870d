// A process of its own: sends the pages that it is told, as Express sends a string, compressed as ours are.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import compression from 'compression';
import express from 'express';

const pages = new Map<string, string>();
const app = express();
app.use(compression());
app.get('/:name', (req, res) => void res.type('html').send(pages.get(req.params.name)));
const server = createServer(app).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', (told: [name: string, page: string]) => {
  pages.set(...told);
  process.send!('told');
});
process.on('disconnect', () => process.exit(0));
process.send!((server.address() as AddressInfo).port);
