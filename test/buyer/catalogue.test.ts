import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { newListing } from '../../contract/index.ts';
import { catalogue } from '../../prisma/seed/catalogue.ts';
import { csvBlocks } from '../../prisma/seed/csv-blocks.ts';
import { provenanceOf, readDataFile } from '../../prisma/seed/vega-package.ts';
import { schemaFaults } from './schema-faults.ts';

const CSV_FILES: Record<string, { fileName: string; rows: number }> = {
  'seattle-weather': { fileName: 'seattle-weather.csv', rows: 1461 },
  'seattle-hourly-normals': { fileName: 'seattle-weather-hourly-normals.csv', rows: 8759 },
  'mauna-loa-co2': { fileName: 'co2-concentration.csv', rows: 741 },
  'us-employment': { fileName: 'us-employment.csv', rows: 120 },
  'faa-wildlife-strikes': { fileName: 'birdstrikes.csv', rows: 10_000 },
  'nasa-global-temperature': { fileName: 'global-temp.csv', rows: 144 },
};
const EARTHQUAKES = 1707;
const CSV_MEMBER = /"((?:[^"\\]|\\.)*)":("(?:[^"\\]|\\.)*"|[^,}]*)/g;

const datasetOf = (slug: string) => {
  const dataset = catalogue.find(({ listing }) => listing.slug === slug);
  assert.ok(dataset, slug);
  return dataset;
};

/** A block back as the CSV row it was made from, from the JSON text itself: digits count. */
const asCsvRow = (block: string) =>
  [...block.matchAll(CSV_MEMBER)]
    .map(([, , value = '']) => (value === 'null' ? '' : value))
    .map((value) => (value.startsWith('"') ? JSON.parse(value) : value))
    .join(',');

test('the catalogue holds at least five real feeds and one synthetic one that says so', () => {
  const filled = catalogue.filter((dataset) => dataset.blocks().length > 0);
  assert.ok(filled.length >= 5);
  const synthetic = catalogue.filter(({ listing }) => listing.tags?.includes('synthetic'));
  assert.equal(synthetic.length, 1);
  assert.match(synthetic[0]?.listing.title ?? '', /synthetic/);
});

test('every listing is one that the contract accepts', () => {
  for (const { listing } of catalogue) newListing.parse(listing);
});

for (const { listing, blocks } of catalogue) {
  test(`every block of ${listing.slug} fits its declared schema`, () => {
    for (const block of blocks()) {
      assert.deepEqual(schemaFaults(JSON.parse(block), listing.blockSchema), []);
      assert.ok(!block.includes('\n'));
    }
  });
}

test('the entries of the table fit its schema, each key once', () => {
  const { listing, entries } = datasetOf('us-state-capitals');
  const found = entries!();
  assert.equal(new Set(found.map(({ key }) => key)).size, 50);
  for (const { value } of found) assert.deepEqual(schemaFaults(value, listing.blockSchema), []);
});

test('the files of the drive have contents', () => {
  const files = datasetOf('london-boroughs').files!();
  assert.deepEqual(
    files.map(({ path }) => path),
    ['about.txt', 'boroughs.json', 'centroids.json'],
  );
  assert.equal(JSON.parse(files[1]!.text).type, 'Topology');
  assert.equal(JSON.parse(files[2]!.text).length, 33);
});

for (const [slug, { fileName, rows }] of Object.entries(CSV_FILES)) {
  test(`${slug} gives back ${fileName} byte for byte`, () => {
    const source = readDataFile(fileName).replaceAll('\r\n', '\n').replace(/\n$/, '');
    const [header = '', ...sourceRows] = source.split('\n');
    const blocks = datasetOf(slug).blocks();
    assert.equal(blocks.length, rows);
    assert.equal(Object.keys(JSON.parse(blocks[0] ?? '')).join(), header);
    assert.equal(blocks.map(asCsvRow).join('\n'), sourceRows.join('\n'));
  });

  test(`${slug} states the licence that the package states for ${fileName}`, () => {
    const { licence, sourceUrl } = provenanceOf(fileName);
    assert.equal(datasetOf(slug).listing.licence, licence);
    assert.equal(datasetOf(slug).listing.sourceUrl, sourceUrl);
  });
}

test('usgs-earthquakes gives back each feature of the source byte for byte, oldest first', () => {
  const source = readDataFile('earthquakes.json');
  const start = source.indexOf('"features":[') + '"features":['.length;
  const features = source.slice(start, source.indexOf('],"bbox"')).split(',\n');
  const blocks = datasetOf('usgs-earthquakes').blocks();
  assert.equal(blocks.length, EARTHQUAKES);
  assert.deepEqual(blocks, features.toReversed());
  const times = blocks.map((block) => JSON.parse(block).properties.time);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test('the first and last rows are the ones in the files', () => {
  const co2 = datasetOf('mauna-loa-co2').blocks();
  assert.equal(co2[0], '{"Date":"1958-03-01","CO2":315.70,"adjusted CO2":314.44}');
  assert.equal(co2.at(-1), '{"Date":"2020-04-01","CO2":416.18,"adjusted CO2":413.35}');
});

test('no time-ordered feed goes back in time', () => {
  for (const [slug, { fileName }] of Object.entries(CSV_FILES)) {
    if (slug === 'nasa-global-temperature') continue;
    const [header = [], ...rows] = parse(readDataFile(fileName), { bom: true });
    const column = header.findIndex((name) => /date|month/i.test(name));
    const dates = rows.map((row) => row[column] ?? '');
    assert.deepEqual(dates, dates.toSorted(), slug);
  }
});

test('a file without a stated licence is refused', () => {
  assert.throws(() => provenanceOf('stocks.csv'), /no licence/);
});

test('a CSV file that changed its header or holds a bad number is refused', () => {
  const columns = [{ name: 'a', type: 'number', description: '' }] as const;
  assert.deepEqual(csvBlocks('a\n1.50\n', columns), ['{"a":1.50}']);
  assert.throws(() => csvBlocks('b\n1\n', columns), /header/);
  assert.throws(() => csvBlocks('a\n01\n', columns), /not a number/);
});
