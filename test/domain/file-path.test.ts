import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { filePath } from '../../domain/file-path.ts';

test('a path that is taken means one file, whichever way it is read', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('.', '..', '', '...', 'C:', 'a\\b', '\u0000', 'ü', '~'),
  );
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
      const path = filePath(names.join('/'));
      if (path === null) return;
      assert.equal(posix.resolve('/', path), path);
      assert.equal(win32.normalize(path).replaceAll('\\', '/'), path);
    }),
  );
});

test('names are bounded, and so is the whole', () => {
  assert.equal(filePath('a/b.txt'), '/a/b.txt');
  assert.equal(filePath('x'.repeat(255)), `/${'x'.repeat(255)}`);
  assert.equal(filePath('ü'.repeat(128)), null);
  assert.equal(filePath(Array(5).fill('x'.repeat(204)).join('/')), null);
  assert.equal(filePath('\ud800'), null);
  assert.equal(filePath(''), null);
});
