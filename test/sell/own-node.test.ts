import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import createTestnet from 'hyperdht/testnet.js';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { dazaar } from '../buyer/cli.ts';
import { connect } from '../support/market.ts';
import { openShop, type ShopProcess, seller } from './shop-process.ts';

const LOCAL = 9;

// The sandbox's node speaks LND's own interface: to a shop it is an LND like any other, on a regtest chain.
describe('a shop with a node of its own', () => {
  let dir: string;
  let home: string;
  let sandbox: Sandbox;
  let testnet: Awaited<ReturnType<typeof createTestnet>>;
  let shop: ShopProcess;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-own-node-'));
    home = join(dir, 'seller');
    testnet = await createTestnet(4, { host: '127.0.0.1' });
    sandbox = await startSandbox({ dir: join(dir, 'sandbox') });
    const { socket, cert, macaroon } = sandbox.nodes.market;
    const [node] = testnet.bootstrap;
    await writeFile(join(dir, 'map.txt'), 'here be dragons');
    shop = await openShop(home, [
      ...['--title', 'Old maps', '--kind', 'hyperdrive', '--plan', 'hour=5sat/1h'],
      ...['--lnd', socket, '--cert', cert, '--macaroon', macaroon],
      ...['--bootstrap', `${node!.host}:${node!.port}`],
      join(dir, 'map.txt'),
    ]);
  });
  after(async () => {
    await shop?.end('SIGTERM');
    await sandbox?.stop();
    await testnet?.destroy();
    await rm(dir, { recursive: true, force: true });
  });

  it('knows which chain that is on, and enters the DHT that it is told', () => {
    const open = shop.events().find(({ event }) => event === 'open');
    const [node] = testnet.bootstrap;
    assert.equal(open?.network, 'regtest');
    assert.equal(open?.bootstrap, `${node!.host}:${node!.port}`);
    assert.match(shop.apiKey, /^dzr_live_/);
  });

  it('is paid there at once', async () => {
    const { socket, cert, macaroon } = sandbox.nodes.buyer;
    const wallet = `lnd:${socket}?cert=${cert}&macaroon=${macaroon}`;
    const bought = await dazaar(['buy', 'old-maps', '--plan', 'hour', '--wallet', wallet], {
      home: join(dir, 'buyer'),
      market: shop.url,
    });
    assert.equal(bought.code, 0, bought.stderr);
    const node = connect(sandbox.nodes.market);
    const settled = [];
    for await (const invoice of node.settledSince(0)) settled.push(invoice);
    assert.equal(settled.length, 1);
  });

  it('is opened again with the node and the DHT that it had', async () => {
    await shop.end('SIGTERM');
    const before = JSON.parse(await shop.cardOf('old-maps'));
    shop = await openShop(home, []);
    const now = JSON.parse(await shop.cardOf('old-maps'));
    assert.deepEqual(now.dazaar.cores, before.dazaar.cores);
    assert.deepEqual(now.dazaar.bootstrap, testnet.bootstrap);
    await shop.end('SIGTERM');
  });

  it('is no shop of another network', async () => {
    const other = join(dir, 'other');
    const file = join(home, 'shop/shop.json');
    const settings = JSON.parse(await readFile(file, 'utf8'));
    await mkdir(join(other, 'shop'), { recursive: true });
    const played = { ...settings, network: 'sandbox', lnd: null };
    await writeFile(join(other, 'shop/shop.json'), JSON.stringify(played));
    const { socket, cert, macaroon } = sandbox.nodes.market;
    const node = ['--lnd', socket, '--cert', cert, '--macaroon', macaroon];
    const { code, stderr } = await seller(other, ['sell', ...node]);
    assert.equal(code, LOCAL);
    assert.match(stderr, /is a shop on sandbox, not on regtest; open another one with --shop DIR/);
  });

  it('does not open when its node does not answer', async () => {
    const { cert, macaroon } = sandbox.nodes.market;
    const args = ['sell', '--lnd', '127.0.0.1:9', '--cert', cert, '--macaroon', macaroon];
    const { code, stderr } = await seller(home, args);
    assert.equal(code, LOCAL);
    assert.match(stderr, /^dazaar: no LND answers at 127\.0\.0\.1:9; check --lnd/);
  });
});
