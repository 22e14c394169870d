import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = join(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '..');

const link = z.object({ title: z.string(), path: z.string() });
const datapackage = z.object({
  version: z.string(),
  resources: z.array(z.looseObject({ path: z.string() })),
});
const origin = z.object({
  licenses: z.tuple([link], z.unknown()),
  sources: z.tuple([link], z.unknown()),
});

/** Where a data file of the package comes from, as the package's own metadata states it. */
export interface Provenance {
  licence: string;
  sourceTitle: string;
  sourceUrl: string;
  /** The npm package and the file in it, for whoever wants to check. */
  shippedAs: string;
}

/**
 * Licence and source of a file from the package's `datapackage.json`.
 *
 * @throws Error when the package states no licence or source for it: such data is not ours to sell.
 */
export function provenanceOf(fileName: string): Provenance {
  const { version, resources } = datapackage.parse(
    JSON.parse(readFileSync(join(ROOT, 'datapackage.json'), 'utf8')),
  );
  const known = origin.safeParse(resources.find(({ path }) => path === fileName));
  if (!known.success) throw new Error(`vega-datasets states no licence for ${fileName}`);
  const licence = known.data.licenses[0];
  const source = known.data.sources[0];
  return {
    licence: `${licence.title} (${licence.path})`,
    sourceTitle: source.title,
    sourceUrl: source.path,
    shippedAs: `\`data/${fileName}\` of the npm package vega-datasets ${version}`,
  };
}

/** The text of a data file of the package. */
export function readDataFile(fileName: string): string {
  return readFileSync(join(ROOT, 'data', fileName), 'utf8');
}
