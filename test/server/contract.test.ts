import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { marketAt, readDocument, readMarket } from '../../client/market.ts';
import { gatewayOperations, serverOperations } from '../../contract/operations/index.ts';
import { GENERAL_PROBLEMS, PROBLEMS } from '../../contract/problem-codes.ts';
import { startMarket, type TestMarket } from '../support/market.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a path's parameters stand for when only the route is asked about. */
const SOME = { slug: 'no-such-thing', hash: 'a'.repeat(64), seq: '1' };
const SOME_ID = '00000000-0000-4000-8000-000000000000';

describe('the OpenAPI document', () => {
  let market: TestMarket;
  let gateway: string;
  before(async () => {
    market = await startMarket({ workers: false });
    const { data } = await readMarket({ client: marketAt(market.server.url) });
    gateway = data?.gateways[0] ?? '';
  });
  after(() => market[Symbol.asyncDispose]());

  it('is served, with an ETag', async () => {
    const { data, response } = await readDocument({ client: marketAt(market.server.url) });
    assert.match(String(data?.openapi), /^3\.1\./);
    const headers = { 'if-none-match': response?.headers.get('etag') ?? '' };
    const again = await fetch(`${market.server.url}/v1/openapi.json`, { headers });
    assert.equal(again.status, 304);
  });

  it('has an operation for each of its ids and addresses, once', () => {
    for (const operations of [serverOperations, gatewayOperations]) {
      const addresses = operations.map(({ method, path }) => `${method} ${path}`);
      assert.equal(new Set(addresses).size, addresses.length);
    }
    const ids = [...serverOperations, ...gatewayOperations].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('tells of no operation that nobody answers', async () => {
    for (const [url, operations] of [
      [market.server.url, serverOperations],
      [gateway, gatewayOperations],
    ] as const) {
      for (const { id, method, path } of operations) {
        const address = path.replace(/\{(\w+)\+?\}/g, (_, name) => SOME[name as 'slug'] ?? SOME_ID);
        const answer = await fetch(`${url}${address}`, { method: method.toUpperCase() });
        const text = await answer.text();
        assert.doesNotMatch(text, /There is nothing at/, `${id}: ${method} ${address}`);
        assert.notEqual(answer.status, 405, id);
      }
    }
  });

  it('tells of every route: none is put on a router but by an operation', async () => {
    const known = new Set([...serverOperations, ...gatewayOperations].map(({ id }) => id));
    const routed = new Set<string>();
    for (const folder of ['server/routes', 'seeder/gateway/routes', 'seeder/gateway']) {
      for (const file of await readdir(join(ROOT, folder))) {
        if (!file.endsWith('.ts') || file === 'docs.ts') continue;
        const source = await readFile(join(ROOT, folder, file), 'utf8');
        const bare = [
          ...source.matchAll(/router\.(?:get|post|put|patch|delete|all)\(\s*'([^']+)'/g),
        ];
        assert.deepEqual(bare, [], file);
        for (const [, id] of source.matchAll(/(?:operate|serve)\(\s*router,\s*(?:\w+\.)?(\w+)/g))
          routed.add(id!);
      }
    }
    assert.ok(routed.size > 30, `${routed.size} routes`);
    assert.ok(known.size >= routed.size, `${known.size} operations, ${routed.size} routes`);
  });

  it('explains every problem', async () => {
    const { data } = await readDocument({ client: marketAt(market.server.url) });
    const { description } = (data as { info: { description: string } }).info;
    for (const [code, { status, meaning }] of Object.entries(PROBLEMS)) {
      assert.ok(meaning, code);
      assert.ok(description.includes(`| \`${code}\` | ${status} |`), code);
    }
    assert.ok(Object.keys(GENERAL_PROBLEMS).length > 10);
  });

  it('is what the generated client was made of', { timeout: 120_000 }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dazaar-generated-'));
    try {
      execFileSync(process.execPath, [join(ROOT, 'client/generate.ts'), dir], { stdio: 'ignore' });
      for (const file of ['types.gen.ts', 'sdk.gen.ts']) {
        const kept = await readFile(join(ROOT, 'client/generated', file), 'utf8');
        const fresh = await readFile(join(dir, file), 'utf8');
        assert.ok(kept === fresh, `client/generated/${file} is stale: npm run client`);
      }
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('is shown by a page of our own that loads nothing from elsewhere', async () => {
    const page = await fetch(`${market.server.url}/docs`);
    assert.equal(page.status, 200);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'.*script-src 'self'/);
    const html = await page.text();
    const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link!);
    assert.ok(links.length >= 4);
    for (const link of links) {
      assert.match(link, /^\//);
      assert.equal((await fetch(`${market.server.url}${link}`)).status, 200, link);
    }
    assert.equal((await fetch(`${market.server.url}/docs/index.html`)).status, 404);
    assert.equal((await fetch(`${market.server.url}/docs/..%2fpackage.json`)).status, 404);
  });
});
