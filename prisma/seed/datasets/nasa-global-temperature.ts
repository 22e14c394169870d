import { csvDataset } from '../csv-blocks.ts';
import { freePlans } from '../plans.ts';

export const nasaGlobalTemperature = csvDataset({
  fileName: 'global-temp.csv',
  columns: [
    { name: 'year', type: 'integer', description: 'Calendar year' },
    {
      name: 'temp',
      type: 'number',
      description: 'Anomaly of the Land-Ocean Temperature Index in degrees Celsius',
    },
  ],
  listing: {
    slug: 'nasa-global-temperature',
    title: 'Global temperature anomaly by year, 1880 to 2023 (free)',
    description:
      'The Land-Ocean Temperature Index of NASA’s Goddard Institute for Space Studies: land-surface air and sea-surface water temperature combined, as a yearly anomaly. One block a year. Free, to try the market without paying.',
    tags: ['climate', 'temperature', 'yearly', 'free'],
    plans: freePlans,
  },
});
