import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { seal, unseal } from '../../protocol/secret-box.ts';
import { newWebhookSecret, writeWebhook } from '../../protocol/webhook-message.ts';

const MESSAGE = {
  id: '0199f0aa-0000-7000-8000-000000000000',
  type: 'order.paid',
  at: new Date('2026-11-22T20:00:00Z'),
  data: { listing: 'söme-“feed”', priceMsat: '1000' },
};

describe('a webhook message', () => {
  it('is verified by the library of the spec, with each of two secrets in force and no other', () => {
    const secrets = [newWebhookSecret(), newWebhookSecret()];
    const { headers, body } = writeWebhook(MESSAGE, secrets, new Date());
    assert.equal(headers['webhook-signature']?.split(' ').length, 2);
    for (const secret of secrets) {
      assert.deepEqual(new Webhook(secret).verify(body, headers), {
        type: 'order.paid',
        timestamp: '2026-11-22T20:00:00.000Z',
        data: MESSAGE.data,
      });
    }
    assert.throws(() => new Webhook(newWebhookSecret()).verify(body, headers));
    assert.throws(() => new Webhook(secrets[0] as string).verify(`${body} `, headers));
  });
});

describe('a sealed secret', () => {
  const key = randomBytes(32);

  it('opens with its key in its context, whatever it is', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (secret, context) => {
        assert.equal(unseal(key, context, seal(key, context, secret)), secret);
      }),
    ));

  it('opens with nothing else, and not when a bit of it is changed', () => {
    const box = seal(key, 'alice', 'whsec_secret');
    assert.throws(() => unseal(randomBytes(32), 'alice', box));
    assert.throws(() => unseal(key, 'bob', box));
    assert.throws(() => unseal(key, 'alice', new Uint8Array()));
    for (let i = 0; i < box.length; i++) {
      const changed = box.map((byte, at) => (at === i ? byte ^ 1 : byte));
      assert.throws(() => unseal(key, 'alice', changed));
    }
  });

  it('is never sealed alike twice', () => {
    assert.notDeepEqual(seal(key, 'alice', 'same'), seal(key, 'alice', 'same'));
  });
});
