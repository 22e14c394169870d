import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { type WebhookType, webhookBody } from '../webhook.ts';

const MEANING_OF: Record<WebhookType, string> = {
  'order.paid': 'An order was paid, or was free',
  'order.lapsed': 'An order was not paid in time',
  'payment.late': 'A payment came late, or was less or more than asked for',
  'grant.issued': 'A buyer key got access, for the first time or after a gap',
  'grant.extended': 'A buyer key got more time',
  'grant.expired': 'The time of a buyer key is over',
  'grant.revoked': 'Access was ended before its time',
  'grant.restored': 'A revocation was taken back',
  'message.received': 'A buyer wrote to you',
  'listing.created': 'A listing was written',
  'listing.updated': 'A listing was changed',
  'listing.published': 'A listing was put on sale',
  'listing.unlisted': 'A listing was taken off sale',
  'listing.withdrawn': 'A listing was withdrawn for good',
  'payout.paid': 'A payout or refund arrived',
  'payout.failed': 'A payout or refund failed; its money is back',
  'webhook.test': 'You asked for a test',
};

/** What the market sends to sellers' webhooks, as the `webhooks` of the document. */
export function webhooksOf(): ZodOpenApiPathsObject {
  const types = Object.keys(MEANING_OF) as WebhookType[];
  return Object.fromEntries(types.map((type) => [type, { post: describe(type) }]));
}

function describe(type: WebhookType) {
  const name = type.replace(/\.(\w)/, (_, letter: string) => letter.toUpperCase());
  return {
    operationId: `${name}Webhook`,
    tags: ['Webhooks'],
    summary: MEANING_OF[type],
    description: `${MEANING_OF[type]}. Signed per Standard Webhooks; sent at least once, always under one \`webhook-id\`.`,
    // Not called with credentials of the market's: the signature is the proof.
    security: [],
    requestBody: { required: true, content: { 'application/json': { schema: webhookBody[type] } } },
    responses: { '2XX': { description: 'Any status of success ends the delivery.' } },
  };
}
