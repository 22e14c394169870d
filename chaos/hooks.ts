import { Webhook } from 'standardwebhooks';
import { type Receiver, startReceiver } from '../test/support/receiver.ts';
import { seededFor } from './random.ts';
import type { Shop } from './shop.ts';
import type { Witness } from './witness.ts';

const REFUSED = 0.02;

/** A receiver of webhooks that counts what it is told, and does not always take it. */
export async function startHooks(
  witness: Witness,
  seed: number,
  shop: () => Shop | undefined,
): Promise<Receiver> {
  const receiver = await startReceiver();
  let n = 0;
  receiver.answer = (res, { id, text, headers, body }) => {
    receiver.received.length = 0;
    if (seededFor(seed, 'webhook', n++).chance(REFUSED)) return res.writeHead(503).end();
    const secrets = shop()?.sellers.map(({ secret }) => secret) ?? [];
    if (secrets.length > 0 && !secrets.some((secret) => isSigned(secret, text, headers))) {
      witness.violate('I5', 'fault', `webhook ${id} is not signed by any of the secrets`);
    }
    const known = witness.webhooks.get(id);
    if (known) known.times += 1;
    else witness.webhooks.set(id, { id, type: body.type, subject: subjectOf(body.data), times: 1 });
    return res.writeHead(204).end();
  };
  return receiver;
}

function isSigned(secret: string, text: string, headers: object): boolean {
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

function subjectOf(data: object): string {
  const { orderId, payoutId, grantId } = data as Record<string, string | undefined>;
  return payoutId ?? orderId ?? grantId ?? '';
}
