import type { Dataset } from './dataset.ts';
import { faaWildlifeStrikes } from './datasets/faa-wildlife-strikes.ts';
import { liveDemoSensor } from './datasets/live-demo-sensor.ts';
import { londonBoroughs } from './datasets/london-boroughs.ts';
import { maunaLoaCo2 } from './datasets/mauna-loa-co2.ts';
import { nasaGlobalTemperature } from './datasets/nasa-global-temperature.ts';
import { seattleHourlyNormals } from './datasets/seattle-hourly-normals.ts';
import { seattleWeather } from './datasets/seattle-weather.ts';
import { usEmployment } from './datasets/us-employment.ts';
import { usStateCapitals } from './datasets/us-state-capitals.ts';
import { usgsEarthquakes } from './datasets/usgs-earthquakes.ts';

/** What an empty market is stocked with: real data under its own licence, and one synthetic live feed. */
export const catalogue: readonly Dataset[] = [
  liveDemoSensor,
  londonBoroughs,
  usStateCapitals,
  nasaGlobalTemperature,
  usEmployment,
  faaWildlifeStrikes,
  usgsEarthquakes,
  seattleHourlyNormals,
  seattleWeather,
  maunaLoaCo2,
];
