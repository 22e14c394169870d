import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaRows } from '../../web/parts/schema-rows.ts';

test('properties come with type, format, unit, limits, and what is in them', () => {
  const { rows, leftOut } = schemaRows({
    type: 'object',
    properties: {
      at: { type: 'string', format: 'date-time', description: 'When' },
      celsius: { type: ['number', 'null'], unit: '°C', minimum: -60, maximum: 60 },
      sky: { enum: ['clear', 'cloudy'] },
      place: { $ref: '#/$defs/place', description: 'Where' },
      stops: { type: 'array', items: { type: 'object', properties: { name: true } } },
    },
    required: ['at'],
    $defs: {
      place: { type: 'object', properties: { lat: { type: 'number' } }, required: ['lat'] },
    },
  });
  assert.deepEqual(
    rows.map(({ path, type, notes, isRequired }) => [path, type, notes.join(), isRequired]),
    [
      ['at', 'string', 'date-time', true],
      ['celsius', 'number or null', '°C,-60 to 60', false],
      ['sky', 'one of "clear", "cloudy"', '', false],
      ['place', 'object', '', false],
      ['place.lat', 'number', '', true],
      ['stops', 'array of object', '', false],
      ['stops[].name', 'anything', '', false],
    ],
  );
  assert.equal(rows[3]!.description, 'Where');
  assert.deepEqual(leftOut, []);
});

test('what the table does not show is said', () => {
  const { leftOut } = schemaRows({ oneOf: [{}], patternProperties: {}, properties: { a: {} } });
  assert.deepEqual(leftOut, ['alternatives (oneOf)', 'properties by pattern']);
});

test('schemas that are cyclic, deep, wide, or lead nowhere end', () => {
  const cyclic = schemaRows({ properties: { child: { $ref: '#' } } });
  assert.deepEqual([cyclic.rows.length, cyclic.leftOut], [1, ['a structure that contains itself']]);
  const loop = schemaRows({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } });
  assert.match(loop.leftOut.join(), /lead nowhere/);
  assert.match(schemaRows({ properties: { a: { $ref: '#/%' } } }).leftOut.join(), /lead nowhere/);
  let deep: object = {};
  for (let i = 0; i < 50; i++) deep = { properties: { a: deep } };
  assert.match(schemaRows(deep).leftOut.join(), /deeper than/);

  // Two ways on at each of 200 levels: 2²⁰⁰ rows, were they not bounded.
  const next = (i: number) => ({ $ref: `#/$defs/${i}` });
  const $defs = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [i, { properties: { x: next(i + 1), y: next(i + 1) } }]),
  );
  const startMs = performance.now();
  const { rows } = schemaRows({ properties: { x: next(0) }, $defs });
  assert.ok(rows.length <= 200);
  assert.ok(performance.now() - startMs < 1_000);
});

test('whatever stands in a schema’s place, there is an answer', () => {
  for (const schema of [
    null,
    true,
    false,
    7,
    'x',
    [],
    { properties: [] },
    { type: 7, items: [] },
  ]) {
    assert.deepEqual(schemaRows(schema).rows, []);
  }
  for (const properties of [
    { a: null },
    { a: 7 },
    { a: { type: { b: 1 }, enum: 7, format: [] } },
  ]) {
    assert.equal(schemaRows({ properties, required: 'a' }).rows[0]!.path, 'a');
  }
});
