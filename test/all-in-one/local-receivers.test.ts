import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { localReceivers } from '../../all-in-one/parts.ts';
import { readConfig } from '../../boot/config.ts';

const NEEDED = { DATABASE_URL: 'postgres://localhost/x', LIGHTNING_NETWORK: 'sandbox' };

describe('where webhooks may be sent', () => {
  it('is this machine too, while the whole market is on it for play', () => {
    for (const env of [{}, { HOST: '' }, { HOST: '127.0.0.1' }, { HOST: 'localhost' }]) {
      assert.deepEqual(localReceivers(env), { OUTBOUND_ALLOW: '127.0.0.0/8,::1/128' });
    }
  });

  it('A33 is nowhere inside once others can reach the market, or real money is paid', () => {
    for (const env of [
      { HOST: '0.0.0.0' },
      { HOST: '::' },
      { PUBLIC_URL: 'https://market.example' },
      { LND_SOCKET: 'localhost:10009' },
    ]) {
      assert.deepEqual(localReceivers(env), {});
    }
    assert.deepEqual(readConfig(NEEDED).outboundAllow, []);
  });

  it('is what the environment says, in address ranges', () => {
    const env = { ...NEEDED, OUTBOUND_ALLOW: '10.0.0.0/8, fd00::/8' };
    assert.deepEqual(localReceivers(env), {});
    assert.deepEqual(readConfig(env).outboundAllow, ['10.0.0.0/8', 'fd00::/8']);
    assert.throws(() => readConfig({ ...NEEDED, OUTBOUND_ALLOW: 'everywhere' }), /OUTBOUND_ALLOW/);
  });
});
