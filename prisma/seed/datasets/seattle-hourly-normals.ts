import { csvDataset } from '../csv-blocks.ts';
import { plansAround } from '../plans.ts';

export const seattleHourlyNormals = csvDataset({
  fileName: 'seattle-weather-hourly-normals.csv',
  columns: [
    {
      name: 'date',
      type: 'string',
      // RFC 3339 wants an offset, and the source gives local time without one: no `date-time` format.
      description: 'Hour of the year in local time; the year 2010 stands for any year',
    },
    { name: 'pressure', type: 'number', description: 'Normal pressure, in hectopascal' },
    { name: 'temperature', type: 'number', description: 'Normal temperature in degrees Celsius' },
    { name: 'wind', type: 'number', description: 'Normal wind speed, metric' },
  ],
  listing: {
    slug: 'seattle-hourly-normals',
    title: 'Seattle weather normals by hour, 1981 to 2010',
    description:
      'The 1981–2010 Climate Normals for Seattle: what pressure, temperature and wind are usual at each hour of the year, averaged over three decades. One block an hour of the year.',
    tags: ['weather', 'climate', 'hourly'],
    plans: plansAround(20),
  },
});
