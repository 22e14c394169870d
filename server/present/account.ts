import type { Account, ApiKey } from '../../contract/account.ts';
import type { ShownKey } from '../../flow/api-keys.ts';
import type { Seller } from '../../prisma/client/client.ts';

export function presentAccount(seller: Seller): Account {
  const { id, name, email, homepage, contact, linkingKey, createdAt } = seller;
  const hasWallet = linkingKey !== null;
  return { id, name, email, homepage, contact, hasWallet, createdAtMs: createdAt.getTime() };
}

export function presentApiKey(key: ShownKey): ApiKey {
  return {
    id: key.id,
    label: key.label,
    env: key.env as ApiKey['env'],
    scopes: key.scopes as ApiKey['scopes'],
    createdAtMs: key.createdAt.getTime(),
    expiresAtMs: key.expiresAt?.getTime() ?? null,
    lastUsedAtMs: key.lastUsedAt?.getTime() ?? null,
    revokedAtMs: key.revokedAt?.getTime() ?? null,
  };
}
