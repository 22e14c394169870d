import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseFault } from '../../adapters/postgres/fault.ts';
import { createDatabase } from '../support/database.ts';

// Longer than anybody is patient with a database that is away.
const BUSY_MS = 10_500;

test('a database that is there is not taken for one that is away because the process was busy', async () => {
  await using db = await createDatabase();
  const fault = databaseFault(db.url);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
  assert.equal(await fault, null);
});
