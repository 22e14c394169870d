import type { z } from 'zod';
import type { funnel, grantHistory, revenue } from '../../../contract/analytics.ts';
import type { Sale } from '../../../contract/sale.ts';
import { attribute, type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { figure } from '../../parts/chart.ts';
import { sats } from '../../parts/money.ts';
import { type Attention, attention } from './attention.ts';
import { deskPage } from './desk-page.ts';
import { type FirstSteps, firstSteps } from './first-steps.ts';
import { saleTable } from './sales.ts';

export interface OverviewView {
  name: string;
  days: number;
  revenue: z.infer<typeof revenue>;
  funnel: z.infer<typeof funnel>;
  grants: z.infer<typeof grantHistory>;
  availableMsat: string;
  newest: Sale[];
  attention: Attention[];
  steps: FirstSteps;
}

/** In days. */
export const PERIODS = [7, 30, 90];

/** How a shop goes. */
export function overviewPage(view: OverviewView): Page {
  const { name, steps, newest } = view;
  const isOpen = steps.isPublished || steps.hasSold;
  const main = html`<h1>${name}</h1>
${!steps.hasSold && firstSteps(steps)}
${attention(view.attention)}
${isOpen && figures(view)}
${newest.length > 0 && newestOrders(newest)}
${isOpen && charts(view)}`;
  return deskPage('overview', 'Overview', main);
}

function figures(view: OverviewView): Html {
  const { days } = view;
  return html`<section aria-labelledby="figures-title">
<h2 id="figures-title">The last ${days} days</h2>
${periods(days)}
${tiles(view)}
</section>`;
}

function newestOrders(newest: Sale[]): Html {
  return html`<section aria-labelledby="newest-title"><h2 id="newest-title">Newest orders</h2>
<div id="newest" data-live>${saleTable(newest, 'Newest orders')}</div>
<p><a href="/desk/sales">All orders</a></p></section>`;
}

function charts({ days, revenue, funnel, grants }: OverviewView): Html {
  return html`<section aria-labelledby="charts-title">
<h2 id="charts-title">Day by day</h2>
<p class="quiet">The last ${days} days, in UTC.</p>
<div class="charts">
${figure({
  title: 'Revenue a day, less commission',
  columns: [
    { name: 'Day', kind: 'time' },
    { name: 'Revenue', kind: 'number', unit: 'sat' },
  ],
  rows: revenue.days
    .toReversed()
    .map(({ day, netMsat }) => [Date.parse(day), Number(netMsat) / 1000]),
})}
${figure({
  title: 'From view to sale',
  columns: [
    { name: 'Day', kind: 'time' },
    { name: 'Views', kind: 'number' },
    { name: 'Orders', kind: 'number' },
    { name: 'Paid', kind: 'number' },
  ],
  rows: funnel.days
    .toReversed()
    .map(({ day, views, orders, paid }) => [Date.parse(day), views, orders, paid]),
})}
${figure({
  title: 'Live grants at the end of each day',
  columns: [
    { name: 'Day', kind: 'time' },
    { name: 'Live', kind: 'number' },
    { name: 'Begun', kind: 'number' },
  ],
  rows: grants.days
    .toReversed()
    .map(({ day, active, issued }) => [Date.parse(day), active, issued]),
})}
</div></section>`;
}

function periods(current: number): Html {
  return html`<nav class="periods" aria-label="Period">${PERIODS.map(
    (days) =>
      html`<a href="/desk?days=${days}" ${attribute('aria-current', days === current ? 'true' : null)}>${days} days</a> `,
  )}</nav>`;
}

function tiles({ revenue, funnel, grants, availableMsat }: OverviewView): Html {
  const sum = (of: 'views' | 'paid') => funnel.days.reduce((total, day) => total + day[of], 0);
  const { netMsat, commissionMsat } = revenue.total;
  return html`<dl class="tiles" id="figures" data-live>
${tile('Revenue', sats(netMsat), `after ${sats(commissionMsat)} commission`)}
${tile('Sales', count(sum('paid')), 'orders paid, free ones too')}
${tile('Live grants', count(grants.days.at(-1)?.active ?? 0), 'now')}
${tile('Views', count(sum('views')), 'visitors of your listings')}
${tile('Balance', sats(availableMsat), html`<a href="/desk/money">pay out</a>`)}
</dl>`;
}

function tile(name: string, value: string, says: string | Html): Html {
  return html`<div class="card"><dt>${name}</dt><dd>${value} <span class="quiet">${says}</span></dd></div>
`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}
