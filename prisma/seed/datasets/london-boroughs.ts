import { withProvenance } from '../csv-blocks.ts';
import type { Dataset } from '../dataset.ts';
import { plansAround } from '../plans.ts';
import { provenanceOf, readDataFile } from '../vega-package.ts';

const BOROUGHS = 'londonBoroughs.json';
const CENTROIDS = 'londonCentroids.json';
const PREVIEW_FILES = 3;

const { licence, sourceUrl, ...provenance } = provenanceOf(BOROUGHS);
const about = `The boroughs of London: boroughs.json has their outlines as TopoJSON, centroids.json the middle of each.
Licence: ${licence}
`;

/** Files: what a Hyperdrive is. */
export const londonBoroughs: Dataset = {
  listing: {
    slug: 'london-boroughs',
    title: 'London’s boroughs as map files',
    description: withProvenance(
      'The outlines of the 33 boroughs as TopoJSON, and the middle of each. A drive of files: `dazaar ls london-boroughs` lists them, `dazaar get london-boroughs centroids.json` fetches one and no more.',
      { licence, sourceUrl, ...provenance },
    ),
    tags: ['geography', 'london', 'maps'],
    licence,
    sourceUrl,
    feed: { kind: 'hyperdrive' },
    blockSchema: {},
    preview: { from: 'first', blocks: PREVIEW_FILES },
    plans: plansAround(5),
  },
  blocks: () => [],
  files: () => [
    { path: 'about.txt', contentType: 'text/plain', text: about },
    { path: 'boroughs.json', contentType: 'application/json', text: readDataFile(BOROUGHS) },
    { path: 'centroids.json', contentType: 'application/json', text: readDataFile(CENTROIDS) },
  ],
};
