import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import {
  type AuthenticatedLnd,
  authenticatedLndGrpc,
  createHodlInvoice,
  createInvoice,
  createSignedRequest,
  createUnsignedRequest,
} from 'ln-service';
import type { LndPlace } from './macaroons.ts';

/** Somebody outside who wants to be paid, with a node of the sandbox. */
export function openPayee({ socket, cert, macaroon }: LndPlace): AuthenticatedLnd {
  return authenticatedLndGrpc({
    socket,
    cert: readFileSync(cert).toString('base64'),
    macaroon: readFileSync(macaroon).toString('base64'),
  }).lnd;
}

export async function invoiceOf(lnd: AuthenticatedLnd, amountMsat: bigint): Promise<string> {
  const invoice = await createInvoice({
    lnd,
    is_including_private_channels: true,
    ...(amountMsat > 0n ? { mtokens: amountMsat.toString() } : {}),
  });
  return invoice.request;
}

/** An invoice whose payment waits until its secret is told. */
export async function heldInvoiceOf(lnd: AuthenticatedLnd, amountMsat: bigint) {
  const secret = randomBytes(32);
  const id = createHash('sha256').update(secret).digest('hex');
  const mtokens = amountMsat.toString();
  const invoice = await createHodlInvoice({
    lnd,
    id,
    mtokens,
    is_including_private_channels: true,
  });
  return { bolt11: invoice.request, id, secret: secret.toString('hex') };
}

/** A signed invoice of a node that nobody runs. */
export function strangersInvoice(
  amountMsat: bigint,
  {
    network = 'regtest',
    expiresAtMs,
    preimage = randomBytes(32),
  }: { network?: string; expiresAtMs: number; preimage?: Uint8Array },
): string {
  const secretKey = randomBytes(32);
  const destination = Buffer.from(secp256k1.getPublicKey(secretKey, true)).toString('hex');
  const { hash, hrp, tags } = createUnsignedRequest({
    id: createHash('sha256').update(preimage).digest('hex'),
    payment: randomBytes(32).toString('hex'),
    description: 'nobody',
    features: [{ bit: 15 }],
    mtokens: amountMsat.toString(),
    network,
    created_at: new Date(expiresAtMs - 3_600_000).toISOString(),
    expires_at: new Date(expiresAtMs).toISOString(),
  });
  const signature = secp256k1.sign(Buffer.from(hash, 'hex'), secretKey, { prehash: false });
  const hex = Buffer.from(signature).toString('hex');
  return createSignedRequest({ destination, hrp, signature: hex, tags }).request;
}
