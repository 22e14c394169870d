import type { Dataset } from '../dataset.ts';
import { plansAround } from '../plans.ts';

/** The listing that `examples/live-feed.ts` appends to; it begins empty. */
export const liveDemoSensor: Dataset = {
  listing: {
    slug: 'live-demo-sensor',
    title: 'Live demo sensor, every second (synthetic)',
    description:
      'A made-up sensor for trying out live feeds: one reading each second while the market runs. The values are computed, not measured; they mean nothing.\n\nTry `dazaar pull live-demo-sensor --live` on a 20-second plan and see it stop.\n',
    tags: ['live', 'synthetic', 'demo'],
    licence: 'CC0 1.0 (https://creativecommons.org/publicdomain/zero/1.0/)',
    blockSchema: {
      type: 'object',
      properties: {
        time: { type: 'string', format: 'date-time', description: 'When it was made, UTC' },
        value: { type: 'number', description: 'A slow sine wave, without a unit' },
        synthetic: { const: true },
      },
      required: ['time', 'value', 'synthetic'],
      additionalProperties: false,
    },
    preview: { from: 'last', blocks: 3 },
    plans: plansAround(10),
  },
  blocks: () => [],
};
