import { csvDataset } from '../csv-blocks.ts';
import { plansAround } from '../plans.ts';

export const seattleWeather = csvDataset({
  fileName: 'seattle-weather.csv',
  columns: [
    { name: 'date', type: 'string', format: 'date', description: 'Day of the observation' },
    { name: 'precipitation', type: 'number', description: 'Precipitation in millimetres' },
    { name: 'temp_max', type: 'number', description: 'Highest temperature in degrees Celsius' },
    { name: 'temp_min', type: 'number', description: 'Lowest temperature in degrees Celsius' },
    { name: 'wind', type: 'number', description: 'Wind speed, in km/h by the package’s metadata' },
    {
      name: 'weather',
      type: 'string',
      enum: ['drizzle', 'rain', 'snow', 'sun', 'fog'],
      description: 'Kind of weather, derived by the package from several NOAA fields',
    },
  ],
  listing: {
    slug: 'seattle-weather',
    title: 'Seattle weather by day, 2012 to 2015',
    description:
      'Daily weather observed in Seattle over four years: precipitation, highest and lowest temperature, wind and the kind of weather. One block a day, oldest first.',
    tags: ['weather', 'climate', 'daily'],
    plans: plansAround(10),
  },
});
