import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otherDht } from '../../sell/list-on/other-dht.ts';

const swarm = (...ports: number[]) => ({
  bootstrap: ports.map((port) => ({ host: '127.0.0.1', port })),
});

test('a market whose seeders are on another DHT is told of, with what to do', () => {
  assert.equal(otherDht(swarm(), swarm()), null);
  assert.equal(otherDht(swarm(1, 2), swarm(2, 3)), null);
  assert.match(otherDht(swarm(1), swarm(2, 3))!.hint!, /--bootstrap 127\.0\.0\.1:2,127\.0\.0\.1:3/);
  assert.match(otherDht(swarm(1), swarm())!.hint!, /without a private DHT/);
});
