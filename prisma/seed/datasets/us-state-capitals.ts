import { z } from 'zod';
import { withProvenance } from '../csv-blocks.ts';
import type { Dataset } from '../dataset.ts';
import { plansAround } from '../plans.ts';
import { provenanceOf, readDataFile } from '../vega-package.ts';

const FILE = 'us-state-capitals.json';
const PREVIEW_ENTRIES = 5;

const capitals = z.array(
  z.strictObject({ lon: z.number(), lat: z.number(), state: z.string(), city: z.string() }),
);
const { licence, sourceUrl, ...provenance } = provenanceOf(FILE);

/** A table by key: what a Hyperbee is. */
export const usStateCapitals: Dataset = {
  listing: {
    slug: 'us-state-capitals',
    title: 'Capitals of the US states, looked up by state',
    description: withProvenance(
      'The capital of each of the 50 states and where it lies. A table by key: `dazaar get us-state-capitals Vermont` fetches one row and no more, `dazaar ls us-state-capitals --prefix New` some.',
      { licence, sourceUrl, ...provenance },
    ),
    tags: ['geography', 'usa', 'reference'],
    licence,
    sourceUrl,
    feed: { kind: 'hyperbee' },
    blockSchema: {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'Name of the capital' },
        lat: { type: 'number', description: 'Latitude in degrees' },
        lon: { type: 'number', description: 'Longitude in degrees' },
      },
      required: ['city', 'lat', 'lon'],
      additionalProperties: false,
    },
    preview: { from: 'first', blocks: PREVIEW_ENTRIES },
    plans: plansAround(5),
  },
  blocks: () => [],
  entries: () =>
    capitals
      .parse(JSON.parse(readDataFile(FILE)))
      .map(({ state, city, lat, lon }) => ({ key: state, value: { city, lat, lon } })),
};
