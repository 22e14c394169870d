import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Problem, problem as problemShape } from '../../contract/index.ts';
import { type SmallApi, startSmallApi } from './small-api.ts';

describe('the frame around an HTTP interface', () => {
  let api: SmallApi;
  before(async () => {
    api = await startSmallApi({ corsOrigins: ['https://shop.example'] });
  });
  after(() => api[Symbol.asyncDispose]());
  afterEach(async () => {
    assert.equal((await call('GET', '/v1/things/a')).status, 200, 'it goes on');
  });

  const call = (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}${path}`, { method, headers });
  const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/v1/things`, {
      method: 'POST',
      headers: {
        authorization: 'me',
        'content-type': 'application/json',
        'idempotency-key': 'a-key-of-mine',
        ...headers,
      },
      body,
    });

  it('gives each request an id, keeps a sane one, and tells it in problems', async () => {
    const first = (await call('GET', '/v1/things/a')).headers.get('request-id');
    assert.match(first ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    const kept = await call('GET', '/nowhere', { 'request-id': 'order-77-retry' });
    assert.equal(kept.headers.get('request-id'), 'order-77-retry');
    assert.equal((await problemIn(kept)).instance, 'urn:dazaar:request:order-77-retry');
    const insane = await call('GET', '/v1/things/a', { 'request-id': '"}{"a":1' });
    assert.match(insane.headers.get('request-id') ?? '', /^[0-9a-f]{8}-/);
  });

  it('says which methods an address has, and refuses others with them', async () => {
    const refused = await call('DELETE', '/v1/things/a');
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get('allow'), 'GET, HEAD, OPTIONS');
    assert.equal((await problemIn(refused)).code, 'method-not-allowed');
    const asked = await call('OPTIONS', '/v1/things');
    assert.equal(asked.status, 204);
    assert.equal(asked.headers.get('allow'), 'POST, OPTIONS');
    assert.equal((await call('OPTIONS', '/nowhere')).status, 404);
    const head = await call('HEAD', '/v1/things/a');
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    assert.ok(Number(head.headers.get('content-length')) > 0);
  });

  it('answers with an ETag, and 304 to whoever has it', async () => {
    const etag = (await call('GET', '/v1/things/a')).headers.get('etag') ?? '';
    assert.equal((await call('GET', '/v1/things/a', { 'if-none-match': etag })).status, 304);
    assert.equal((await call('GET', '/v1/things/b', { 'if-none-match': etag })).status, 200);
  });

  it('sends headers that let a browser do nothing with data but read it', async () => {
    const { headers } = await call('GET', '/v1/things/a');
    assert.equal(
      headers.get('content-security-policy'),
      "default-src 'none';frame-ancestors 'none'",
    );
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-powered-by'), null);
  });

  it('lets scripts of any site read what is public, and of trusted ones call with a key, never with a cookie', async () => {
    const allowed = async (path: string, method: string, origin: string) => {
      const { headers } = await call('OPTIONS', path, {
        origin,
        'access-control-request-method': method,
      });
      assert.equal(headers.get('access-control-allow-credentials'), null);
      return headers.get('access-control-allow-origin');
    };
    assert.equal(await allowed('/v1/things/a', 'GET', 'https://any.example'), '*');
    assert.equal(await allowed('/v1/things', 'POST', 'https://any.example'), null);
    assert.equal(
      await allowed('/v1/things', 'POST', 'https://shop.example'),
      'https://shop.example',
    );
  });

  it('A37 logs each request with its id, and none of its secrets', async () => {
    api.lines.length = 0;
    await call('GET', '/v1/things/broken?token=hunter2', {
      authorization: 'Bearer hunter2',
      cookie: 'dazaar=hunter2',
      'request-id': 'the-broken-one',
    });
    await call('GET', '/v1/things/a');
    const log = api.lines.join('');
    assert.match(log, /"requestId":"the-broken-one".*"path":"\/v1\/things\/broken","status":500/);
    assert.match(log, /a fault of ours/);
    assert.doesNotMatch(log, /hunter2/);
  });

  it('A39 says where in the request each fault is, all at once', async () => {
    const answer = await fetch(`${api.url}/v1/things?a=1`, {
      method: 'POST',
      headers: { authorization: 'me', 'content-type': 'application/json' },
      body: JSON.stringify({ note: 1, parts: [{}, 7], 'x/y~z ü': 1 }),
    });
    assert.equal(answer.status, 400);
    const { errors = [] } = await problemIn(answer);
    assert.deepEqual(
      errors.map((fault) => `${fault.in} ${fault.pointer}`),
      ['query #/a', 'body #/note', 'body #/parts/1', 'body #'],
    );
    const query = await problemIn(await call('GET', '/v1/things/a?limit=none'));
    assert.deepEqual(
      query.errors?.map(({ pointer }) => pointer),
      ['#/limit'],
    );
    const header = await problemIn(await post('{"note":""}', { 'idempotency-key': 'x' }));
    assert.deepEqual(
      header.errors?.map((fault) => `${fault.in} ${fault.pointer}`),
      ['header #/Idempotency-Key'],
    );
  });

  it('A39 refuses bodies that are packed, broken, deep or in another charset', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    const deep = (levels: number) =>
      `{"note":"","parts":[${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}]}`;
    const cases: [NonNullable<RequestInit['body']>, number, Record<string, string>?][] = [
      [bomb, 413, { 'content-encoding': 'gzip' }],
      [gzipSync('{"note":"packed"}'), 201, { 'content-encoding': 'gzip' }],
      ['{"note":"plain"}', 400, { 'content-encoding': 'gzip' }],
      ['{"note":""}', 415, { 'content-encoding': 'zip' }],
      ['{"note":""}', 415, { 'content-type': 'application/json; charset=utf-16' }],
      ['{"note":""}', 415, { 'content-type': 'text/json' }],
      [deep(28), 201],
      [deep(32), 400],
      [deep(5_000), 400],
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
      ['{"note":"a","__proto__":{"admin":true}}', 400],
      ['{"note":"a","constructor":{"prototype":{}}}', 400],
      [`{"note":"${'x'.repeat(70_000)}"}`, 413],
      ['"text"', 400],
      ['null', 400],
      ['', 400],
    ];
    for (const [body, status, headers] of cases) {
      const answer = await post(body, headers);
      assert.equal(
        answer.status,
        status,
        `${String(body).slice(0, 60)} ${JSON.stringify(headers)}`,
      );
      if (status >= 400) await problemIn(answer);
      else await answer.body?.cancel();
    }
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  });

  it('A39 answers what is not HTTP with a problem too', async () => {
    const long = await raw('GET', `/${'a'.repeat(20_000)}`);
    assert.equal(long.status, 431);
    assert.equal(long.problem.status, 431);
    const broken = await fetch(`${api.url}/v1/things/%E0%A4%A`);
    assert.equal((await problemIn(broken)).status, 400);
  });

  it('A40 believes no forwarded address, unless it comes from a proxy of ours', async () => {
    const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example' };
    const seen = async (url: string) =>
      ((await (await fetch(`${url}/v1/things/a`, { headers: forged })).json()) as { note: string })
        .note;
    assert.equal(await seen(api.url), '127.0.0.1');
    await using behind = await startSmallApi({ trustedProxies: ['loopback'] });
    assert.equal(await seen(behind.url), '203.0.113.9');
    await using elsewhere = await startSmallApi({ trustedProxies: ['10.0.0.0/8'] });
    assert.equal(await seen(elsewhere.url), '127.0.0.1');
  });

  function raw(method: string, path: string): Promise<{ status: number; problem: Problem }> {
    return new Promise((resolve, reject) => {
      const req = request({ port: api.port, host: '127.0.0.1', method, path }, (res) => {
        let text = '';
        res.on('data', (chunk) => {
          text += chunk;
        });
        res.on('end', () =>
          resolve({ status: res.statusCode ?? 0, problem: problemShape.parse(JSON.parse(text)) }),
        );
      });
      req.on('error', reject);
      req.end();
    });
  }
});

async function problemIn(answer: Response): Promise<Problem> {
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const told = problemShape.parse(await answer.json());
  assert.equal(told.status, answer.status);
  return told;
}
