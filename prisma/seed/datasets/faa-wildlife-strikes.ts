import { csvDataset } from '../csv-blocks.ts';
import { plansAround } from '../plans.ts';

export const faaWildlifeStrikes = csvDataset({
  fileName: 'birdstrikes.csv',
  columns: [
    { name: 'Airport Name', type: 'string', description: 'Airport at or near the strike' },
    { name: 'Aircraft Make Model', type: 'string', description: 'Make and model of the aircraft' },
    { name: 'Effect Amount of damage', type: 'string', description: 'Extent of the damage' },
    { name: 'Flight Date', type: 'string', format: 'date', description: 'Day of the flight' },
    { name: 'Aircraft Airline Operator', type: 'string', description: 'Who operated the flight' },
    { name: 'Origin State', type: 'string', description: 'US state of origin' },
    { name: 'Phase of flight', type: 'string', description: 'Phase of the flight' },
    { name: 'Wildlife Size', type: 'string', description: 'Size of the animal' },
    { name: 'Wildlife Species', type: 'string', description: 'Species, as reported' },
    { name: 'Time of day', type: 'string', description: 'Time of day' },
    { name: 'Cost Other', type: 'integer', description: 'Other cost in US dollars' },
    { name: 'Cost Repair', type: 'integer', description: 'Cost of repair in US dollars' },
    { name: 'Cost Total $', type: 'integer', description: 'Total cost in US dollars' },
    {
      name: 'Speed IAS in knots',
      type: 'integer',
      nullable: true,
      description: 'Indicated air speed in knots; null when not reported',
    },
  ],
  listing: {
    slug: 'faa-wildlife-strikes',
    title: 'Wildlife strikes on aircraft in the US, 1990 to 2002',
    description:
      'Ten thousand strikes of birds and other animals on aircraft, as reported to the Federal Aviation Administration: airport, aircraft, phase of flight, species, damage and cost. One block a report, oldest first.',
    tags: ['aviation', 'wildlife', 'events'],
    terms:
      'Strike reports are made voluntarily and are not complete: whoever publishes counts or rates taken from this feed says so beside them.\n',
    plans: plansAround(20),
  },
});
