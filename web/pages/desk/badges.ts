import type { ApiKey } from '../../../contract/account.ts';
import type { Payout } from '../../../contract/payout.ts';
import type { GivenGrant, Sale } from '../../../contract/sale.ts';
import type { Webhook, WebhookDelivery } from '../../../contract/webhook-endpoint.ts';
import { type Html, html } from '../../html.ts';

type Tone = 'good' | 'bad' | 'warn' | 'plain';

const ORDERS = {
  open: ['warn', 'unpaid'],
  paid: ['good', 'paid'],
  lapsed: ['plain', 'lapsed'],
} as const;
const GRANTS = {
  live: ['good', 'live'],
  expired: ['plain', 'expired'],
  revoked: ['bad', 'revoked'],
} as const;
const PAYOUTS = {
  pending: ['warn', 'pending'],
  paid: ['good', 'paid'],
  failed: ['bad', 'failed'],
} as const;
const DELIVERIES = {
  pending: ['warn', 'on its way'],
  delivered: ['good', 'delivered'],
  failed: ['bad', 'failed'],
} as const;

export const orderBadge = (state: Sale['state']) => badge(ORDERS[state]);
export const grantBadge = (state: GivenGrant['state']) => badge(GRANTS[state]);
export const payoutBadge = (state: Payout['state']) => badge(PAYOUTS[state]);
export const deliveryBadge = (state: WebhookDelivery['state']) => badge(DELIVERIES[state]);

export function webhookBadge({ state, failingSinceMs }: Webhook): Html {
  if (state === 'disabled') return badge(['bad', 'disabled']);
  return failingSinceMs === null ? badge(['good', 'enabled']) : badge(['warn', 'failing']);
}

export function keyBadge({ revokedAtMs, expiresAtMs }: ApiKey, nowMs: number): Html {
  if (revokedAtMs !== null) return badge(['bad', 'revoked']);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return badge(['plain', 'expired']);
  return badge(['good', 'live']);
}

export function unreadBadge(): Html {
  return badge(['warn', 'unread']);
}

function badge([tone, text]: readonly [Tone, string]): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}
