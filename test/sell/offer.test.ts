import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Failure } from '../../buyer/failure.ts';
import { csvSchema } from '../../sell/append/csv-schema.ts';
import { offersOf, wholeListing } from '../../sell/offer.ts';
import { planOfText } from '../../sell/plan-text.ts';

describe('what is offered on the command line', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-offer-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  const refusal = (pattern: RegExp) => (error: unknown) =>
    error instanceof Failure && pattern.test(error.message);

  it('reads plans of every kind', () => {
    const plans = {
      'hour=100sat/1h': { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '100000' },
      'tick=1500msat/20s': { name: 'tick', kind: 'time', periodMs: 20_000, priceMsat: '1500' },
      'day=0.5sat/d': { name: 'day', kind: 'time', periodMs: 86_400_000, priceMsat: '500' },
      'year=9.90EUR/365d': {
        name: 'year',
        kind: 'time',
        periodMs: 365 * 86_400_000,
        price: { currency: 'EUR', amountMinor: 990 },
      },
      'forever=5000sat': { name: 'forever', kind: 'forever', priceMsat: '5000000' },
      'trial=free/10min': { name: 'trial', kind: 'trial', periodMs: 600_000 },
      'all=free': { name: 'all', kind: 'free' },
    };
    for (const [text, plan] of Object.entries(plans))
      assert.deepEqual(planOfText(text), plan, text);
  });

  it('says what happens to copies: one of sealed and unique', async () => {
    const modeOf = async (options: object) => {
      const [offer] = await offersOf({ title: 'Tides', ...options }, []);
      return offer!.listing.feed?.mode;
    };
    assert.equal(await modeOf({}), undefined);
    assert.equal(await modeOf({ sealed: true }), 'sealed');
    assert.equal(await modeOf({ unique: true }), 'unique');
    await assert.rejects(modeOf({ sealed: true, unique: true }), refusal(/not both/));
    const [drive] = await offersOf(
      { title: 'Tides', unique: true, kind: 'hyperdrive', plan: ['all=free'] },
      [],
    );
    assert.throws(() => wholeListing(drive!), refusal(/Hypercore or a Hyperbee/));
  });

  it('refuses what is no plan', () => {
    const texts = ['hour', 'hour=', 'hour=100', 'hour=100sat/', 'hour=0sat/1h', 'hour=1.5msat/1h'];
    for (const text of [...texts, 'hour=1XYZ', 'hour=5free', 'hour=0.001EUR/1h', '=1sat']) {
      assert.throws(() => planOfText(text), refusal(/is no plan/), text);
    }
  });

  it('makes a whole listing of a title and a plan', async () => {
    const [offer] = await offersOf({ title: 'Garden & Sons, 2026', plan: ['all=free'] }, ['a.csv']);
    const listing = wholeListing(offer!);
    assert.equal(listing.slug, 'garden-sons-2026');
    assert.equal(listing.licence, 'All rights reserved');
    assert.deepEqual(offer!.files, [join(process.cwd(), 'a.csv')]);
    const [without] = await offersOf({ title: 'Garden' }, []);
    assert.throws(() => wholeListing(without!), refusal(/what does garden cost/));
    const kind = { title: 'Garden', plan: ['all=free'], kind: 'hyperlog' };
    const [wrong] = await offersOf(kind, []);
    assert.throws(() => wholeListing(wrong!), refusal(/^garden: feed\/kind: /));
  });

  it('reads one listing or several from a file, with their data beside it', async () => {
    const file = join(dir, 'listings.json');
    const plans = [{ name: 'all', kind: 'free' }];
    const one = { title: 'One', plans, files: ['one.csv'] };
    await writeFile(file, JSON.stringify([one, { slug: 'two', title: 'Another', plans }]));
    const offers = await offersOf({}, [file]);
    assert.deepEqual(
      offers.map(({ listing, files }) => [listing.slug, files]),
      [
        ['one', [join(dir, 'one.csv')]],
        ['two', []],
      ],
    );
    await writeFile(file, 'at,celsius\n');
    await assert.rejects(offersOf({}, [file]), refusal(/is no listing in JSON/));
  });

  it('sees in all of a CSV file what its columns hold', async () => {
    const file = join(dir, 'rows.csv');
    const rows = ['n,x,gap,text,none', '1,1.5,1,"a, b",', '-2,2e3,,1,', '3,4,,x,'];
    await writeFile(file, `\uFEFF${rows.join('\n')}\n`);
    const schema = await csvSchema(file);
    assert.deepEqual(schema.properties, {
      n: { type: 'integer' },
      x: { type: 'number' },
      gap: { type: ['integer', 'null'] },
      text: { type: 'string' },
      none: { type: 'string' },
    });
    await writeFile(file, 'a,b\n1\n');
    await assert.rejects(csvSchema(file), refusal(/Invalid Record Length/));
  });
});
