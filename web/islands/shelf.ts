// The shelf's data: charts, and blocks as they come.
import { drawCharts } from './parts/chart.ts';
import { follow } from './parts/tail.ts';

drawCharts();
const live = document.querySelector<HTMLElement>('#live');
if (live) follow(live);
