import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import type { Tx } from '../../flow/deps.ts';
import { once } from '../../flow/idempotent.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const AT_ONCE = 20;

describe('a request with an idempotency key', () => {
  let db: TestDatabase;
  before(async () => {
    db = await createDatabase();
  });
  after(() => db[Symbol.asyncDispose]());

  const bytes = () => Uint8Array.from(randomBytes(32));
  const aRequest = () => ({ scope: 'test', key: randomUUID(), requestHash: bytes() });
  const inTransaction = <T>(work: (tx: Tx) => Promise<T>) => db.prisma.$transaction(work);

  it('A38 is carried out once, and answered with the same resource when it is repeated', async () => {
    const request = aRequest();
    const id = randomUUID();
    const first = await inTransaction((tx) => once(tx, request, async () => ({ id })));
    assert.deepEqual(first, { id, replayed: false });
    const again = await inTransaction((tx) => once(tx, request, () => assert.fail('made again')));
    assert.deepEqual(again, { id, replayed: true });
  });

  it('A38 is refused when the key came with another request', async () => {
    const request = aRequest();
    await inTransaction((tx) => once(tx, request, async () => ({ id: 'a' })));
    const other = { ...request, requestHash: bytes() };
    const answer = await inTransaction((tx) => once(tx, other, () => assert.fail('made again')));
    assert.ok(isRefusal(answer) && answer.refused === 'idempotency-key-reused');
  });

  it('A38 is refused while the first is still under way, and goes on when that died', async () => {
    const request = aRequest();
    const started = Promise.withResolvers<void>();
    const dying = Promise.withResolvers<never>();
    const first = inTransaction((tx) =>
      once(tx, request, () => {
        started.resolve();
        return dying.promise;
      }),
    );
    await started.promise;
    const second = await inTransaction((tx) => once(tx, request, () => assert.fail('made twice')));
    assert.ok(isRefusal(second) && second.refused === 'idempotency-in-flight');
    dying.reject(new Error('killed'));
    await assert.rejects(first, /killed/);
    const third = await inTransaction((tx) => once(tx, request, async () => ({ id: 'c' })));
    assert.deepEqual(third, { id: 'c', replayed: false });
  });

  it('A38 is carried out once, however often it comes at the same time', async () => {
    const request = aRequest();
    let made = 0;
    const create = async () => ({ id: `resource-${++made}` });
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, () => inTransaction((tx) => once(tx, request, create))),
    );
    assert.equal(made, 1);
    const ids = answers.map((each) => (isRefusal(each) ? each.refused : each.id));
    assert.deepEqual(new Set([...ids, 'idempotency-in-flight']).size, 2, ids.join());
  });

  it('may be tried again when it was refused', async () => {
    const request = aRequest();
    const no = await inTransaction((tx) =>
      once(tx, request, async () => refuse('slug-taken', 'no')),
    );
    assert.ok(isRefusal(no));
    const yes = await inTransaction((tx) => once(tx, request, async () => ({ id: 'b' })));
    assert.deepEqual(yes, { id: 'b', replayed: false });
  });
});
