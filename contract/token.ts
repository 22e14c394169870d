import { z } from 'zod';
import { hex32, slug, timeMs, uuid } from './primitives.ts';

/** An Ed25519 signature. */
export const signature = z
  .string()
  .regex(/^[0-9a-fA-F]{128}$/, 'must be 128 hexadecimal digits (64 bytes)');

export const claimCode = z.string().min(32).max(64).meta({
  description: 'In any case, with or without its dashes.',
  example: '7H4M-9Q0C-TXPK-2V8E-JN5W-R3ZD-6BYA-S1FG',
});

const listing = slug.optional().meta({
  description: 'The one listing whose feed the token opens; all of the key’s if left out.',
});

const bySignature = z
  .strictObject({
    buyerKey: hex32,
    issuedAtMs: timeMs,
    signature: signature.meta({
      description:
        'Of the UTF-8 bytes of the JSON array `["dazaar/key-statement/1","token",MARKET,LISTING,issuedAtMs]`: the market’s public key in hex, and the listing or an empty text.',
    }),
    listing,
  })
  .meta({ title: 'By a signature of the buyer key' });

const byClaimCode = z
  .strictObject({ claimCode, listing })
  .meta({ title: 'By the claim code of an order' });

const byL402 = z
  .strictObject({
    l402: z.strictObject({
      macaroon: z.base64().min(1).max(4_096).meta({
        description: 'As the gateway gave it, with no condition added.',
      }),
      preimage: hex32.meta({ description: 'Of the invoice that came with it.' }),
    }),
    listing,
  })
  .meta({ title: 'By the macaroon and preimage of an L402 payment' });

export const newToken = z.union([bySignature, byClaimCode, byL402]);
export type NewToken = z.infer<typeof newToken>;

export const token = z.object({
  token: z.string().meta({ description: 'A JWT for `Authorization: Bearer`.' }),
  buyerKey: hex32,
  feedId: uuid
    .nullable()
    .meta({ description: 'The only feed that it opens; null: no such bound.' }),
  expiresAtMs: timeMs,
  nowMs: timeMs.meta({ description: 'The market’s clock when it answered.' }),
});
export type Token = z.infer<typeof token>;

export const newTransfer = z.strictObject({
  listing: slug,
  fromKey: hex32,
  toKey: hex32,
  issuedAtMs: timeMs,
  signature: signature.meta({
    description:
      'By the key that gives, of the JSON array `["dazaar/key-statement/1","transfer",MARKET,"LISTING TOKEY",issuedAtMs]`: listing and receiving key with a space between them.',
  }),
});
export type NewTransfer = z.infer<typeof newTransfer>;

export const newClaim = z.strictObject({ claimCode, buyerKey: hex32 });
export type NewClaim = z.infer<typeof newClaim>;

export const newKeyCode = z.strictObject({
  buyerKey: hex32,
  issuedAtMs: timeMs,
  signature: signature.meta({
    description:
      'Of the UTF-8 bytes of the JSON array `["dazaar/key-statement/1","link",MARKET,"",issuedAtMs]`, with the market’s public key in hex.',
  }),
});
export type NewKeyCode = z.infer<typeof newKeyCode>;

export const keyCode = z.object({
  code: z.string().meta({
    description: 'For a browser, once. In any case, with or without its dash.',
    example: 'K7QM-4TXD',
  }),
  buyerKey: hex32,
  url: z.string().meta({ description: 'The page that takes the code, with it filled in.' }),
  expiresAtMs: timeMs,
  nowMs: timeMs.meta({ description: 'The market’s clock when it answered.' }),
});
export type KeyCode = z.infer<typeof keyCode>;
