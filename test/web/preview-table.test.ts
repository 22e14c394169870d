import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexHead, previewTable } from '../../web/parts/preview-table.ts';

const items = (values: unknown[]) => values.map((value, index) => ({ index, value }));
const table = (values: unknown[], schema: unknown = {}) => previewTable(items(values), schema);
const shape = (values: unknown[], schema: unknown = {}) =>
  table(values, schema).columns.map(({ name, kind }) => `${name}:${kind}`);

test('the first column is a time when there is one, then what counts up, then the index', () => {
  assert.deepEqual(shape([{ v: 1, at: '2026-01-01T00:00Z' }]), ['at:time', 'v:number']);
  assert.deepEqual(shape([{ v: 1, day: '2026-01-01' }]), ['day:time', 'v:number']);
  assert.deepEqual(shape([{ v: 1.5, ts: 1_780_000_000 }]), ['ts:time', 'v:number']);
  assert.deepEqual(shape([{ v: 2, createdAt: 1_780_000_000_123 }]), ['createdAt:time', 'v:number']);
  assert.deepEqual(
    shape([
      { v: 2.5, year: 2025 },
      { v: 1, year: 2026 },
    ]),
    ['year:number', 'v:number'],
  );
  assert.deepEqual(
    shape([
      { v: 2, price: 1_780_000_000 },
      { v: 1, price: 1 },
    ]),
    ['block:number', 'v:number', 'price:number'],
  );
  assert.deepEqual(shape([{ v: 'a' }]), ['block:number', 'v:text']);
});

test('times are milliseconds in UTC, with a zone, without one and by the second', () => {
  const first = (value: unknown) => table([{ time: value }]).rows[0]![0];
  assert.equal(first('2026-01-01T02:00:00+02:00'), Date.UTC(2026, 0, 1));
  assert.equal(first('2026-01-01 00:00'), Date.UTC(2026, 0, 1));
  assert.equal(first(1_767_225_600), Date.UTC(2026, 0, 1));
  assert.equal(first('2026-13-45'), 0, 'no time: the index comes first');
});

test('properties stand in the schema’s order, others behind, and units are kept', () => {
  const schema = { properties: { b: { type: 'number', unit: 'm' }, a: {}, unused: {} } };
  const { columns, rows } = table(
    [
      { a: 'x', c: [1], b: -2.5 },
      { b: 1, a: null },
    ],
    schema,
  );
  assert.deepEqual(columns, [
    { name: 'block', kind: 'number' },
    { name: 'b', kind: 'number', unit: 'm' },
    { name: 'a', kind: 'text' },
    { name: 'c', kind: 'text' },
  ]);
  assert.deepEqual(rows, [
    [0, -2.5, 'x', '[1]'],
    [1, 1, null, null],
  ]);
});

test('what is wide, long, binary or no object is shown all the same, and bounded', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`p${i}`, 'x'.repeat(9_999)]),
  );
  const { columns, rows, columnsLeftOut } = table([wide]);
  assert.equal(columnsLeftOut, 76);
  assert.equal(columns.length, 25);
  assert.ok(rows[0]!.every((cell) => String(cell).length <= 161));
  assert.deepEqual(table([5, 'text', null]).rows, [
    [0, 5],
    [1, 'text'],
    [2, null],
  ]);
  const bytes = Buffer.from([0, 255, 16]).toString('base64');
  const binary = previewTable([{ index: 7, base64: bytes }], {});
  assert.deepEqual(binary.rows, [['7', 3, '00 ff 10']]);
  const long = hexHead(Buffer.alloc(1_000, 1).toString('base64'));
  assert.deepEqual(long, { size: 1_000, head: `${Array(16).fill('01').join(' ')} …` });
});

test('names that mean something to JavaScript are names', () => {
  const value = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}');
  const { columns, rows } = table([value, {}]);
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['block', '__proto__', 'constructor', 'toString'],
  );
  assert.deepEqual(rows, [
    [0, 1, 2, 3],
    [1, null, null, null],
  ]);
});
