import { z } from 'zod';
import { SCOPES } from './operation.ts';
import { hex32, MAX_TIME_MS, timeMs, uuid } from './primitives.ts';

const sellerName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/\S/)
  .meta({ description: 'Shown beside your listings.', example: 'Weather & Sons' });

const homepage = z
  .url({ protocol: /^https?$/ })
  .max(300)
  .meta({ example: 'https://weather.example' });

const contact = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/\S/)
  .meta({ description: 'How buyers reach you.', example: 'mail@weather.example' });

/** As zod has it, with the bound of RFC 5321 on what stands before the @. */
const EMAIL = new RegExp(z.regexes.email.source.replace('^', '^(?=.{1,64}@)'));

const email = z
  .email({ pattern: EMAIL })
  .max(254)
  .toLowerCase()
  .meta({ description: 'Kept in lower case; nobody else sees it.', example: 'me@weather.example' });

/** Normalised, because the same password typed on two systems may come as different code points (NIST SP 800-63B). */
const password = z
  .string()
  .normalize('NFC')
  .min(12)
  .max(200)
  .meta({ description: 'Any characters; Unicode is normalised to NFC.', format: 'password' });

/** A password as somebody claims it: what could never be one is wrong, not malformed. */
const claimedPassword = z.string().normalize('NFC').max(1000).meta({ format: 'password' });

export const account = z.object({
  id: uuid,
  name: sellerName,
  email: z.email().nullable().meta({ description: 'null: it is logged into with a wallet.' }),
  homepage: z.string().nullable(),
  contact: z.string().nullable(),
  hasWallet: z.boolean().meta({ description: 'Whether a Lightning wallet logs into it.' }),
  createdAtMs: timeMs,
});
export type Account = z.infer<typeof account>;

export const newAccount = z.strictObject({ name: sellerName, email, password });

export const login = z.strictObject({
  email: z.string().trim().max(254).toLowerCase().meta({ example: 'me@weather.example' }),
  password: claimedPassword,
});

export const accountChange = z.strictObject({
  name: sellerName.optional(),
  homepage: homepage.nullable().optional(),
  contact: contact.nullable().optional(),
});

export const passwordChange = z.strictObject({
  oldPassword: claimedPassword,
  newPassword: password,
});

export const newLogin = z.strictObject({ email, password });

export const emailChange = z.strictObject({
  email,
  password: claimedPassword.meta({ description: 'The account’s own.', format: 'password' }),
});

export const session = z.object({
  account,
  expiresAtMs: timeMs.meta({ description: 'When it ends, unless it is used before.' }),
});

const scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .refine((list) => new Set(list).size === list.length, 'must not name a scope twice')
  .meta({
    uniqueItems: true,
    description:
      '`read` looks at listings, orders, grants, messages and figures; `listings` changes listings, grants and ' +
      'webhooks, and writes to buyers; `data` appends to feeds; `payouts` spends the balance. None includes another.',
    example: ['read', 'data'],
  });

export const apiKeyId = z
  .string()
  .regex(/^[a-z0-9]{16}$/, 'must be 16 lowercase letters or digits');

export const apiKey = z.object({
  id: apiKeyId,
  label: z.string(),
  env: z
    .enum(['sandbox', 'live'])
    .meta({ description: 'Whether it moves worthless coins or real ones.' }),
  scopes: z.array(z.enum(SCOPES)),
  createdAtMs: timeMs,
  expiresAtMs: timeMs.nullable().meta({ description: 'null: never.' }),
  lastUsedAtMs: timeMs.nullable().meta({ description: 'To the minute; null: not used yet.' }),
  revokedAtMs: timeMs.nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

const expiresAtMs = timeMs
  .positive()
  .max(MAX_TIME_MS)
  .nullable()
  .meta({ description: 'null: never.', example: 1_830_000_000_000 });

export const newApiKey = z.strictObject({
  label: z.string().trim().min(1).max(80).regex(/\S/).meta({ example: 'ingest on host 3' }),
  scopes,
  expiresAtMs: expiresAtMs.default(null),
});

export const rotation = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(30 * 24 * 60 * 60)
    .default(24 * 60 * 60)
    .meta({ description: 'How much longer the old key works, at most until its own end.' }),
  expiresAtMs: expiresAtMs
    .optional()
    .meta({ description: 'When the new key ends; like the old one unless said. null: never.' }),
});

export const madeApiKey = z.object({
  apiKey,
  key: z.string().meta({
    description: 'The key itself: `dzr_<env>_<id>_<secret>`. It is shown this once.',
    example: 'dzr_sandbox_0123456789abcdef_Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5MDA',
  }),
});

export const loginChallenge = z.object({
  lnurl: z.string().meta({ description: '`url` in bech32 (LUD-01), to be shown as a QR code.' }),
  url: z.url(),
  k1: hex32,
  expiresAtMs: timeMs,
});

/** What a wallet sends (LUD-04). Loose, because wallets are answered in their own way. */
export const walletAnswer = z.object({
  tag: z.string().max(20).optional().meta({ example: 'login' }),
  k1: z.string().max(100).optional().meta({ description: '32 bytes in hex.' }),
  sig: z.string().max(200).optional().meta({ description: 'DER-encoded ECDSA over k1, in hex.' }),
  key: z.string().max(100).optional().meta({ description: 'Compressed secp256k1 key, in hex.' }),
  action: z.string().max(20).optional(),
});

/** LUD-01: how wallets are answered, always with status 200. */
export const walletReply = z.object({
  status: z.enum(['OK', 'ERROR']),
  reason: z.string().optional().meta({ description: 'With `ERROR`: shown by the wallet.' }),
});

export const walletLogin = z.object({
  state: z.enum(['pending', 'logged-in']),
  expiresAtMs: timeMs
    .nullable()
    .meta({ description: 'While pending: until when the wallet may answer.' }),
  account: account.nullable().meta({ description: 'Once logged in.' }),
});
