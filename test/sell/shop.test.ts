import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Card, verifyCard } from '../../protocol/card.ts';
import { until } from '../support/until.ts';
import { openShop, type ShopProcess, seller } from './shop-process.ts';

const CARD_BUYER = join(import.meta.dirname, 'card-buyer.ts');
const ACCESS_ENDED = 4;
const BUY_WITHIN_MS = 90_000;

describe('a shop of one seller', () => {
  let dir: string;
  let home: string;
  let shop: ShopProcess;
  const readings = Array.from({ length: 50 }, (_, i) => `${JSON.stringify({ at: i })}\n`).join('');

  const firstKey = randomBytes(32).toString('hex');
  const cardFile = () => join(home, 'shop/cards/garden-thermometer.json');

  function startCardBuyer(seed: string, plan: string, card = cardFile()) {
    const sandbox = join(home, 'shop/sandbox');
    const child = spawn(process.execPath, [CARD_BUYER, card, sandbox, seed, plan], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    }
    return { child, stdout: () => output.stdout, stderr: () => output.stderr };
  }

  const failed = ({ child }: { child: ChildProcess }) => child.exitCode !== null;

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

  it('sells over the swarm to who has its card and nothing else', async () => {
    const buyer = startCardBuyer(firstKey, 'hour');
    await until(async () => buyer.stdout() === readings || failed(buyer), BUY_WITHIN_MS);
    assert.equal(buyer.stdout(), readings, buyer.stderr());
    buyer.child.kill();
  });

  it('takes no commission from its own seller', async () => {
    const answer = await fetch(`${shop.url}/v1/seller/balance`, {
      headers: { authorization: `Bearer ${shop.apiKey}` },
    });
    assert.equal(((await answer.json()) as { availableMsat: string }).availableMsat, '50000');
  });

  it('A23 cuts a buyer off when the time is up', async () => {
    const { child, stdout, stderr } = startCardBuyer(randomBytes(32).toString('hex'), 'short');
    const [code] = await once(child, 'exit');
    assert.equal(code, ACCESS_ENDED, stderr());
    assert.equal(stdout(), readings);
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
    const args = ['sell', '--title', 'More', '--sealed', '--plan', 'all=free', '--json'];
    const more = await seller(home, args);
    assert.equal(more.code, 0, more.stderr);
    const answer = await fetch(`${shop.url}/v1/listings/more`);
    const { state, feed } = (await answer.json()) as { state: string; feed: { mode: string } };
    assert.deepEqual([state, feed.mode], ['live', 'sealed']);
    const drive = await seller(home, ['sell', '--slug', 'more', '--kind', 'hyperdrive']);
    assert.equal(drive.stderr, 'dazaar: more is a hypercore, and stays one\n');
  });

  it('A29 cut off from power and started again, it goes on with its keys, listings and grants', async () => {
    const card = JSON.parse(await shop.cardOf('garden-thermometer'));
    await shop.cutPower();
    const away = await seller(home, ['card', 'check', cardFile(), '--live']);
    assert.equal(away.code, 6);
    assert.match(away.stderr, /none of the seeders that it names is reachable/);
    shop = await openShop(home, []);
    const again = JSON.parse(await shop.cardOf('garden-thermometer'));
    assert.deepEqual([again.id, again.dazaar.seeders], [card.id, card.dazaar.seeders]);
    assert.equal(again.dazaar.marketKey, card.dazaar.marketKey);

    // Who bought before comes back with the old card, pays nothing, and is served what is new as it comes.
    const oldCard = join(dir, 'old-card.json');
    await writeFile(oldCard, JSON.stringify(card));
    const buyer = startCardBuyer(firstKey, '-', oldCard);
    const file = join(dir, 'readings.ndjson');
    await appendFile(file, '{"at":50}\n');
    const appended = await seller(home, ['append', 'garden-thermometer', file, '--json']);
    assert.equal(JSON.parse(appended.stdout).blocks, 1, appended.stderr);
    const all = `${readings}{"at":50}\n`;
    await until(async () => buyer.stdout() === all || failed(buyer), BUY_WITHIN_MS);
    assert.equal(buyer.stdout(), all, buyer.stderr());
    buyer.child.kill();
  });
});
