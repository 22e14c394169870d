// The page of a feed: charts of its preview.
import { drawCharts } from './parts/chart.ts';

drawCharts();
