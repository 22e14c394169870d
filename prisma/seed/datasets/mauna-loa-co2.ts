import { csvDataset } from '../csv-blocks.ts';
import { plansAround } from '../plans.ts';

export const maunaLoaCo2 = csvDataset({
  fileName: 'co2-concentration.csv',
  columns: [
    { name: 'Date', type: 'string', format: 'date', description: 'First day of the month' },
    { name: 'CO2', type: 'number', description: 'CO2 in parts per million' },
    { name: 'adjusted CO2', type: 'number', description: 'CO2 in ppm, seasonally adjusted' },
  ],
  listing: {
    slug: 'mauna-loa-co2',
    title: 'CO2 at Mauna Loa by month, 1958 to 2020',
    description:
      'The Keeling curve: atmospheric carbon dioxide at Mauna Loa Observatory, Hawaii, in parts per million on the 2012 SIO manometric mole fraction scale, as measured and seasonally adjusted. One block a month, oldest first; months without valid data are left out.',
    tags: ['climate', 'co2', 'monthly'],
    plans: plansAround(10),
  },
});
