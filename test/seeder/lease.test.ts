import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Gate } from '../../seeder/gate.ts';
import { until, WHOLE } from './loopback.ts';

const FEED = 'a feed';

function openGate() {
  const clock = { ms: Date.now() };
  const gate = new Gate(() => clock.ms);
  const buyerKey = randomBytes(32);
  const ends: string[] = [];
  const lease = () => gate.lease(buyerKey, FEED, (reason) => ends.push(reason));
  return { clock, gate, buyerKey, ends, lease, [Symbol.dispose]: () => gate.close() };
}

test('A25: there is no lease without a live grant for that very feed', () => {
  using place = openGate();
  const { gate, buyerKey, clock } = place;
  assert.equal(place.lease(), null);
  gate.grant({ buyerKey, feedId: 'another feed', expiresAtMs: null, ...WHOLE });
  assert.equal(place.lease(), null);
  gate.grant({ buyerKey, feedId: FEED, expiresAtMs: clock.ms + 1_000, ...WHOLE });
  assert.ok(place.lease()?.isLive);
});

test('A23: a revocation ends all leases of the grant in the same instant', () => {
  using place = openGate();
  const { gate, buyerKey, ends } = place;
  gate.grant({ buyerKey, feedId: FEED, expiresAtMs: null, ...WHOLE });
  const leases = [place.lease()!, place.lease()!];
  gate.revoke(buyerKey, FEED, 'revoked');
  assert.deepEqual(ends, ['revoked', 'revoked']);
  assert.deepEqual(
    leases.map((lease) => lease.isLive),
    [false, false],
  );
});

test('A24: a lease is dead once the clock has reached its end, even before the timer says so', async () => {
  using place = openGate();
  const { gate, buyerKey, clock, ends } = place;
  gate.grant({ buyerKey, feedId: FEED, expiresAtMs: clock.ms + 50, ...WHOLE });
  const lease = place.lease()!;
  clock.ms += 50;
  assert.equal(lease.isLive, false);
  assert.equal(place.lease(), null);
  await until(() => ends.length > 0, 'the end is told');
  assert.deepEqual(ends, ['expired']);
});

test('a lease follows an extension, and one that was released is told nothing', () => {
  using place = openGate();
  const { gate, buyerKey, clock, ends } = place;
  gate.grant({ buyerKey, feedId: FEED, expiresAtMs: clock.ms + 50, ...WHOLE });
  const lease = place.lease()!;
  const released = place.lease()!;
  gate.grant({ buyerKey, feedId: FEED, expiresAtMs: clock.ms + 60_000, ...WHOLE });
  clock.ms += 1_000;
  assert.ok(lease.isLive);
  assert.equal(lease.expiresAtMs, clock.ms + 59_000);
  released.release();
  assert.equal(released.isLive, false);
  gate.revoke(buyerKey, FEED, 'revoked');
  assert.deepEqual(ends, ['revoked']);
});

test('a gate is ready once it was told the grants', () => {
  using place = openGate();
  const { gate } = place;
  gate.holdAnswers();
  assert.equal(gate.ready, false);
  gate.replace([]);
  assert.equal(gate.ready, true);
});
