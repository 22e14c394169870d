import { z } from 'zod';
import { withProvenance } from '../csv-blocks.ts';
import type { Dataset } from '../dataset.ts';
import { plansAround, trialPlan } from '../plans.ts';
import { provenanceOf, readDataFile } from '../vega-package.ts';

const FILE_NAME = 'earthquakes.json';

const provenance = provenanceOf(FILE_NAME);

export const usgsEarthquakes: Dataset = {
  listing: {
    slug: 'usgs-earthquakes',
    title: 'Earthquakes of the world, 31 January to 7 February 2018',
    description: withProvenance(
      'A week of the USGS feed of all earthquakes: 1,707 seismic events of every magnitude with time, place, depth and quality of the solution. Each block is one GeoJSON feature exactly as published; oldest first (the source file has the newest first).',
      provenance,
    ),
    tags: ['earthquakes', 'geojson', 'events'],
    licence: provenance.licence,
    sourceUrl: provenance.sourceUrl,
    blockSchema: featureSchema(),
    preview: { from: 'last', blocks: 3 },
    plans: [...plansAround(20), trialPlan],
  },
  blocks: () => earthquakeBlocks(readDataFile(FILE_NAME)),
};

/** The features of a USGS GeoJSON summary, oldest first; keys and digits stay as published. */
export function earthquakeBlocks(text: string): string[] {
  const { features } = z.object({ features: z.array(z.unknown()) }).parse(JSON.parse(text));
  return features.map((feature) => JSON.stringify(feature)).reverse();
}

function featureSchema(): Record<string, unknown> {
  const orNull = (type: string) => ({ type: [type, 'null'] });
  return {
    type: 'object',
    required: ['type', 'properties', 'geometry', 'id'],
    additionalProperties: false,
    properties: {
      type: { const: 'Feature' },
      id: { type: 'string', description: 'Event id at USGS' },
      geometry: {
        type: 'object',
        required: ['type', 'coordinates'],
        properties: {
          type: { const: 'Point' },
          coordinates: {
            type: 'array',
            items: { type: 'number' },
            minItems: 3,
            maxItems: 3,
            description: 'Longitude and latitude in degrees, depth in kilometres',
          },
        },
      },
      properties: {
        type: 'object',
        required: ['mag', 'place', 'time', 'updated', 'status', 'magType', 'type', 'title'],
        properties: {
          mag: { type: 'number', description: 'Magnitude, in the scale magType' },
          place: { type: 'string' },
          time: { type: 'integer', description: 'Milliseconds since the Unix epoch' },
          updated: { type: 'integer', description: 'Milliseconds since the Unix epoch' },
          status: { enum: ['automatic', 'reviewed'] },
          alert: orNull('string'),
          felt: orNull('integer'),
          magType: { type: 'string' },
          type: { type: 'string', description: 'earthquake, quarry blast or explosion' },
          title: { type: 'string' },
        },
      },
    },
  };
}
