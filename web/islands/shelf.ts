// The shelf's data: charts, and blocks as they come.
import { drawCharts } from './parts/chart.ts';
import { follow } from './parts/tail.ts';

/** When the time of the access has run down, the page says what can be done. */
const OVER_MS = 2000;

drawCharts();
const live = document.querySelector<HTMLElement>('#live');
if (live) follow(live);
else document.addEventListener('over', () => setTimeout(() => location.reload(), OVER_MS));
