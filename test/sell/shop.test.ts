import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Card, verifyCard } from '../../protocol/card.ts';
import { dazaar } from '../buyer/cli.ts';
import { until } from '../support/until.ts';
import { openShop, type ShopProcess, seller } from './shop-process.ts';

const ACCESS_ENDED = 4;

describe('a shop of one seller', () => {
  let dir: string;
  let home: string;
  let shop: ShopProcess;
  const readings = Array.from({ length: 50 }, (_, i) => `${JSON.stringify({ at: i })}\n`).join('');

  const buyer = (args: readonly string[]) =>
    dazaar(args, {
      home: join(dir, 'buyer'),
      market: shop.url,
      env: { DAZAAR_SANDBOX_DIR: join(home, 'shop/sandbox') },
    });

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-sell-'));
    home = join(dir, 'seller');
    await writeFile(join(dir, 'readings.ndjson'), readings);
    shop = await openShop(home, [
      ...['--title', 'Garden thermometer', '--name', 'Weather & Sons'],
      ...['--plan', 'hour=50sat/1h', '--plan', 'short=1sat/3s'],
      join(dir, 'readings.ndjson'),
    ]);
  });

  after(async () => {
    await shop?.end('SIGTERM');
    await rm(dir, { recursive: true, force: true });
  });

  it('is open with one command, its listing on sale and its card signed', async () => {
    const listed = shop.events().find(({ event }) => event === 'listed');
    assert.deepEqual([listed?.listing, listed?.blocks], ['garden-thermometer', 50]);
    const card = JSON.parse(await shop.cardOf('garden-thermometer'));
    assert.ok(verifyCard(card));
    assert.equal(card.provider, 'Weather & Sons');
    assert.equal(card.dazaar.seeders.length, 1);
    const open = shop.events().find(({ event }) => event === 'open');
    assert.equal(card.dazaar.marketKey, open?.marketKey);
  });

  it('listens on loopback alone, and keeps its key to its owner', async () => {
    assert.equal(new URL(shop.url).hostname, '127.0.0.1');
    assert.equal((await stat(join(home, 'shop/api.key'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(home, 'shop/market.seed'))).mode & 0o777, 0o600);
  });

  it('sells, and its buyer has all of the data', async () => {
    const bought = await buyer(['buy', 'garden-thermometer', '--plan', 'hour']);
    assert.equal(bought.code, 0, bought.stderr);
    const pulled = await buyer(['pull', 'garden-thermometer']);
    assert.equal(pulled.stdout, readings, pulled.stderr);
  });

  it('takes no commission from its own seller', async () => {
    const answer = await fetch(`${shop.url}/v1/seller/balance`, {
      headers: { authorization: `Bearer ${shop.apiKey}` },
    });
    assert.equal(((await answer.json()) as { availableMsat: string }).availableMsat, '50000');
  });

  it('A23 cuts a buyer off when the time is up', async () => {
    const other = (args: readonly string[]) =>
      dazaar(args, {
        home: join(dir, 'other'),
        market: shop.url,
        env: { DAZAAR_SANDBOX_DIR: join(home, 'shop/sandbox') },
      });
    assert.equal((await other(['buy', 'garden-thermometer', '--plan', 'short'])).code, 0);
    const pulled = await other(['pull', 'garden-thermometer', '--live']);
    assert.equal(pulled.code, ACCESS_ENDED, pulled.stderr);
  });

  it('tells what was sold, who has access and what was earned', async () => {
    const shown = await seller(home, ['sales', 'garden-thermometer']);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(
      shown.stdout,
      /PAID .* garden-thermometer +short +1 .* garden-thermometer +hour +50 /s,
    );
    assert.match(shown.stdout, /HAS ACCESS .* garden-thermometer +59 min .*\nEarned 51 sat\.\n$/s);
    const csv = await seller(home, ['sales', '--csv', '--since', '1h']);
    const [header, ...orders] = csv.stdout.trim().split('\r\n');
    assert.match(header!, /^id,createdAt,state/);
    assert.equal(orders.length, 2);
    const later = await seller(home, ['sales', '--json', '--since', '2999-01-01']);
    const lines = later.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map((line) => Object.keys(line)[0]),
      ['grant', 'grant', 'balance'],
    );
  });

  describe('its cards', () => {
    const checked = async (card: object, ...args: string[]) => {
      const file = join(dir, 'card.json');
      await writeFile(file, JSON.stringify(card));
      return seller(home, ['card', 'check', file, ...args]);
    };
    let card: Card;
    before(async () => {
      const made = await seller(home, ['card', 'make', 'garden-thermometer']);
      card = JSON.parse(made.stdout);
    });

    it('are good, and their seeders speak for them', async () => {
      const { code, stdout, stderr } = await checked(card, '--live');
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^The card is good: "Garden thermometer" of Weather & Sons/);
      assert.match(stdout, /1 of 1 seeders that it names are up and speak for it\.\n$/);
    });

    it('are not when one word was changed, or another market signed', async () => {
      const cheaper = { ...card, payment: card.payment.map((p) => ({ ...p, amount: '0.001' })) };
      const changed = await checked(cheaper);
      assert.equal(changed.code, 5);
      assert.match(
        changed.stderr,
        /^dazaar: the card is not good: it was changed after it was sig/,
      );
      assert.match((await checked(card, '--key', 'ab'.repeat(32))).stderr, /by another market/);
      assert.match((await checked({ name: 'old' })).stderr, /a card of Dazaar 1/);
      const { plans: _, ...less } = card.dazaar;
      assert.match((await checked({ ...card, dazaar: less })).stderr, /dazaar\/plans/);
    });

    it('are signed anew by the key of the shop when their seller has changed them', async () => {
      const changed = { ...card, contact: 'mailto:sales@garden.example' };
      const file = join(dir, 'changed.json');
      await writeFile(file, JSON.stringify(changed));
      const signed = await seller(home, ['card', 'sign', file]);
      assert.equal(signed.code, 0, signed.stderr);
      const now = JSON.parse(signed.stdout);
      assert.equal(now.dazaar.marketKey, card.dazaar.marketKey);
      const { code, stdout } = await checked(now, '--live');
      assert.equal(code, 0);
      assert.match(stdout, /says something else today/);
    });

    it('signed with another seed are not those of the seeders that they name', async () => {
      const seed = join(dir, 'other.seed');
      await writeFile(seed, 'cd'.repeat(32));
      await writeFile(join(dir, 'mine.json'), JSON.stringify(card));
      const forged = await seller(home, ['card', 'sign', join(dir, 'mine.json'), '--key', seed]);
      const { code, stderr } = await checked(JSON.parse(forged.stdout), '--live');
      assert.equal(code, 5);
      assert.match(stderr, /seeder [0-9a-f]{64} does not speak for its market/);
    });
  });

  it('puts up more through the process that has it open', async () => {
    const more = await seller(home, ['sell', '--title', 'More', '--plan', 'all=free', '--json']);
    assert.equal(more.code, 0, more.stderr);
    const answer = await fetch(`${shop.url}/v1/listings/more`);
    assert.equal(((await answer.json()) as { state: string }).state, 'live');
  });

  it('A29 killed and started again, it goes on with its keys, listings and grants', async () => {
    const card = JSON.parse(await shop.cardOf('garden-thermometer'));
    await shop.end('SIGKILL');
    const file = join(home, 'shop/cards/garden-thermometer.json');
    const away = await seller(home, ['card', 'check', file, '--live']);
    assert.equal(away.code, 6);
    assert.match(away.stderr, /none of the seeders that it names is reachable/);
    shop = await openShop(home, []);
    const again = JSON.parse(await shop.cardOf('garden-thermometer'));
    assert.deepEqual([again.id, again.dazaar.seeders], [card.id, card.dazaar.seeders]);
    assert.equal(again.dazaar.marketKey, card.dazaar.marketKey);

    await appendFile(join(dir, 'readings.ndjson'), '{"at":50}\n');
    const appended = await seller(home, [
      'append',
      'garden-thermometer',
      join(dir, 'readings.ndjson'),
      '--json',
    ]);
    assert.equal(JSON.parse(appended.stdout).blocks, 1, appended.stderr);
    const out = join(dir, 'pulled.ndjson');
    await until(async () => {
      const pulled = await buyer(['pull', 'garden-thermometer', '--out', out]);
      assert.equal(pulled.code, 0, pulled.stderr);
      return (await readFile(out, 'utf8')) === `${readings}{"at":50}\n`;
    });
  });
});
