// The seller's desk: charts, and what changes while it is looked at.
import { drawCharts } from './parts/chart.ts';
import { copyButtons } from './parts/copy.ts';
import { keepLive } from './parts/live.ts';

drawCharts();
keepLive((region) => copyButtons(region));
forgetForm();

/** A page that answers a form is not to be sent again when it is reloaded. */
function forgetForm(): void {
  const address = document.querySelector<HTMLElement>('[data-address]')?.dataset.address;
  if (address) history.replaceState(null, '', address);
}
