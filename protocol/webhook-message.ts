import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const SECRET_BYTES = 32;

export interface WebhookMessage {
  /** The same whenever and wherever the event is sent: receivers know repetitions by it. */
  id: string;
  type: string;
  /** When it happened. */
  at: Date;
  data: unknown;
}

/** A new secret as the Standard Webhooks spec writes it. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/**
 * A message as it is sent, by the Standard Webhooks spec: signed with every secret in force, so that receivers change
 * from one to the next when it suits them.
 */
export function writeWebhook(
  { id, type, at, data }: WebhookMessage,
  secrets: readonly string[],
  now: Date,
): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, now, body));
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    },
  };
}
