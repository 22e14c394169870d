// Prints an invoice of the sandbox's buyer, as any wallet makes one: for trying out payouts.
//
//   node examples/sandbox-invoice.ts AMOUNT_SAT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { authenticatedLndGrpc, createInvoice } from 'ln-service';

const dir = process.env.DAZAAR_SANDBOX_DIR ?? join(process.env.DAZAAR_DATA ?? '.dazaar', 'sandbox');
const tokens = Number(process.argv[2]);
if (!Number.isSafeInteger(tokens) || tokens < 1) {
  console.error('usage: node examples/sandbox-invoice.ts AMOUNT_SAT');
  process.exit(2);
}

const { nodes } = JSON.parse(readFileSync(join(dir, 'sandbox.json'), 'utf8'));
const { lnd } = authenticatedLndGrpc({
  socket: nodes.buyer.socket,
  cert: readFileSync(nodes.buyer.cert).toString('base64'),
  macaroon: readFileSync(nodes.buyer.macaroon).toString('base64'),
});
const { request } = await createInvoice({ lnd, tokens, is_including_private_channels: true });
console.log(request);
process.exit();
