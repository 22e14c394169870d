import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openLog } from '../../boot/log.ts';
import { shownError } from '../../boot/redact.ts';
import { logContext } from '../../ports/log-context.ts';
import { newClaimCode } from '../../protocol/claim-code.ts';
import { newWebhookSecret } from '../../protocol/webhook-message.ts';

const PASSWORD = 'correct horse/battery+staple';
const configured = {
  databaseUrl: `postgres://dazaar:${encodeURIComponent(PASSWORD)}@db.internal:5432/dazaar`,
  redisUrl: undefined,
  marketSeed: randomBytes(32).toString('hex'),
  adminPassword: 'an-admin-of-this-market',
};

/** What a log says, as text and line by line. */
function listen() {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  const log = openLog('test', 'trace', configured, { write });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

const preimage = randomBytes(32).toString('hex');
const hash = randomBytes(32).toString('hex');

/** Where a secret may come from, each with what must not be read. */
const SECRETS: [name: string, secret: string, write: (log: ReturnType<typeof openLog>) => void][] =
  [
    ['a field', 'swordfish', (log) => log.info({ password: 'swordfish' }, 'x')],
    [
      'a field far down',
      'swordfish',
      (log) => log.info({ a: [{ b: { c: { api_key: 'swordfish' } } }] }),
    ],
    ['a header', 'swordfish', (log) => log.info({ headers: { 'x-csrf-token': 'swordfish' } })],
    ['a binding', 'swordfish', (log) => log.child({ sessionId: 'swordfish' }).info('x')],
    ['a format argument', 'swordfish', (log) => log.info('%o', { secret: 'swordfish' })],
    ['a Buffer', preimage, (log) => log.info({ of: Buffer.from(preimage, 'hex') })],
    ['a preimage in words', preimage, (log) => log.warn(`settled with ${preimage}`)],
    ['a preimage of an error', preimage, (log) => log.error(new Error(`no invoice ${preimage}`))],
    [
      'the cause of an error',
      preimage,
      (log) => log.error({ err: new Error('x', { cause: new Error(preimage) }) }),
    ],
    [
      'one of many errors',
      preimage,
      (log) => log.error({ err: new AggregateError([new Error(preimage)]) }),
    ],
    [
      'the request of an error',
      'swordfish',
      (log) => {
        const config = {
          headers: { Authorization: 'Token swordfish' },
          url: 'https://a.test/?key=swordfish',
        };
        log.error({ err: Object.assign(new Error('refused'), { config }) }, 'x');
      },
    ],
    [
      'what ln-service throws',
      preimage,
      (log) => log.error({ err: [503, 'Unexpected', { err: { details: preimage } }] }),
    ],
    [
      'a row that PostgreSQL shows',
      'swordfish',
      (log) => log.error(new Error('Failing row contains (1, \\x00, swordfish).')),
    ],
    [
      'a key that PostgreSQL shows',
      'swordfish',
      (log) => log.error({ detail: 'Key (email)=(swordfish) already exists.' }),
    ],
    [
      'an address',
      'swordfish',
      (log) => log.error(new Error('cannot reach redis://:swordfish@127.0.0.1/')),
    ],
    ['a query string', 'swordfish', (log) => log.info({ path: '/shelf/open?code=swordfish' })],
    [
      'a wallet',
      'swordfish',
      (log) => log.info('nostr+walletconnect://ab?relay=wss://r.test&secret=swordfish'),
    ],
    ['a bearer', 'swordfish', (log) => log.info('sent Authorization: Bearer swordfish')],
    ['an L402 credential', preimage, (log) => log.info(`L402 AgEGZGF6YWFy:${preimage}`)],
    ['words', 'swordfish', (log) => log.info('the password: "swordfish"')],
    ['a long password of ours', PASSWORD, (log) => log.info({ odd: PASSWORD })],
    [
      'a password of ours in base64',
      Buffer.from(PASSWORD).toString('base64'),
      (log) => log.info({ odd: Buffer.from(PASSWORD).toString('base64') }),
    ],
    [
      'a password of ours in hex',
      Buffer.from(PASSWORD).toString('hex'),
      (log) => log.info({ odd: Buffer.from(PASSWORD).toString('hex') }),
    ],
    [
      'the seed of the market',
      configured.marketSeed,
      (log) => log.child({ odd: configured.marketSeed }).info('x'),
    ],
  ];

for (const [name, secret, write] of SECRETS) {
  test(`A37 a log keeps the secret in ${name} to itself`, () => {
    const { log, text, lines } = listen();
    write(log);
    assert.equal(lines().length, 1);
    assert.ok(!text().includes(secret), text());
    assert.match(text(), /\[redacted\]|…|\[32 bytes\]/);
  });
}

test('A37 codes, keys and tokens of ours are known by their shape', () => {
  const secrets = [
    newClaimCode(randomBytes(32), 'order'),
    newClaimCode(randomBytes(32), 'order').replaceAll('-', ''),
    newWebhookSecret(),
    `dzr_live_${'k'.repeat(16)}_${randomBytes(32).toString('base64url')}`,
    `eyJhbGciOiJFZERTQSJ9.${randomBytes(40).toString('base64url')}.${randomBytes(64).toString('base64url')}`,
    `0201036c6e64${randomBytes(80).toString('hex')}`,
    `AgED${randomBytes(120).toString('base64')}`,
  ];
  const { log, text } = listen();
  for (const odd of secrets) {
    log.info({ odd }, `saw ${odd} there`);
    log.child({ odd }).info('x');
  }
  for (const secret of secrets) assert.ok(!text().includes(secret), secret);
});

test('ids, hashes and public keys are told whole, and so is what an error says', () => {
  const { log, lines } = listen();
  const orderId = '01932f3e-7b1a-7c3d-9e4f-aabbccddeeff';
  const nodeKey = `02${hash}`;
  const err = Object.assign(new Error(`order ${orderId} is gone`), { code: '23505' });
  log.info({ orderId, paymentHash: hash, nodeKey, amountMsat: 5_000n, err }, 'settled');
  const [line] = lines();
  assert.equal(line.orderId, orderId);
  assert.equal(line.paymentHash, hash);
  assert.equal(line.nodeKey, nodeKey);
  assert.equal(line.amountMsat, '5000');
  assert.equal(line.err.message, `order ${orderId} is gone`);
  assert.equal(line.err.code, '23505');
  assert.match(line.err.stack, /log\.test\.ts/);
});

test('what a log is given may be of any shape: it is a line of JSON in a moment', () => {
  const { log, lines } = listen();
  const loop: Record<string, unknown> = { a: 1 };
  loop.loop = loop;
  const hostile = ['a', '?', 'a?', 'token ', '0a', 'a-', 'ABCD-', 'a://', 'Key (', '\\"'];
  const startedAtMs = performance.now();
  log.info(loop);
  log.info(
    Object.defineProperty({}, 'broken', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    }),
  );
  for (const part of hostile)
    log.info({ path: part.repeat(16_000 / part.length) }, part.repeat(4_000));
  log.info({ many: new Array(100_000).fill({ token: 'x' }), map: new Map([['token', 'x']]) });
  assert.equal(lines().length, hostile.length + 3);
  assert.ok(performance.now() - startedAtMs < 5_000);
});

test('what is logged on behalf of a request names it', async () => {
  const { log, lines } = listen();
  await logContext.run({ requestId: 'request-1' }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    log.info('inside');
  });
  log.info('outside');
  assert.deepEqual(
    lines().map(({ requestId }) => requestId),
    ['request-1', undefined],
  );
});

test('an error on a terminal has its stack and its causes, and no secret', () => {
  const cause = Object.assign(new Error('refused'), { password: 'swordfish' });
  const shown = shownError(new Error('postgres://me:swordfish@db/ is away', { cause }));
  assert.match(shown, /is away\n {4}at .*log\.test\.ts/);
  assert.match(shown, /refused/);
  assert.ok(!shown.includes('swordfish'));
});
