// The page of a feed: charts, a filter of keys, what a purchase comes to, and figures that keep true.
import { drawCharts } from './parts/chart.ts';
import { filterEntries } from './parts/entries.ts';
import { follow } from './parts/follow.ts';
import { tellTotal } from './parts/total.ts';

const feed = document.querySelector<HTMLElement>('[data-listing]');
drawCharts();
filterEntries();
tellTotal();
if (feed) {
  follow(feed.dataset.listing!, () => {
    drawCharts();
    filterEntries();
  });
}
