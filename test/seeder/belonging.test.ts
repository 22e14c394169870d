import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belonging, type Witness } from '../../seeder/belonging.ts';

const key = (name: string) => Buffer.from(name.padEnd(32));
const hex = (name: string) => key(name).toString('hex');

function core(role: string, name: string, more: Partial<Witness> = {}): Witness {
  return { role, key: key(name), signers: [name], author: name, system: null, ...more };
}

const BASE = [core('data', 'first')];
const SYSTEM = core('system', 'system', { signers: ['first'], author: null });
const WRITER = core('writer-1', 'second', { system: hex('system') });

const admitted = (named: Witness[]) =>
  belonging(BASE, named)
    .map((each) => each.key.toString().trim())
    .sort();

test('who belongs to an Autobase follows from its bootstrap, in whatever order it is heard', () => {
  const both = { signers: ['first', 'second'], author: null };
  const named = [core('view-0', 'view', both), core('system', 'next', both), WRITER, SYSTEM];
  assert.deepEqual(admitted(named), ['next', 'second', 'system', 'view']);
});

test('A26: no core belongs to a base that only names it', () => {
  const theirs = { signers: ['honest'], author: null };
  const foreign = [
    core('writer-1', 'honest', { system: hex('honest system') }),
    core('system', 'honest system', theirs),
    core('view-0', 'honest view', theirs),
  ];
  assert.deepEqual(admitted([SYSTEM, ...foreign]), ['system']);
  // Signed by one of the base's own besides.
  const mixed = { signers: ['first', 'honest'], author: null };
  assert.deepEqual(admitted([core('system', 'mixed', mixed), ...foreign]), []);
});

test('A26: blocks that nobody signed speak for nobody', () => {
  const forged = core('writer-1', 'forged', {
    signers: ['honest'],
    author: null,
    system: hex('system'),
  });
  const view = core('view-0', 'honest view', { signers: ['honest'], author: null });
  const unsigned = core('view-1', 'unsigned', { signers: [], author: null });
  assert.deepEqual(admitted([SYSTEM, forged, view, unsigned]), ['system']);
});
