import type { Column } from '../csv-blocks.ts';
import { csvDataset } from '../csv-blocks.ts';
import { plansAround, yearInEuro } from '../plans.ts';

// The source spells "utilties" so; a key is a name, not prose to be corrected.
const SUPERSECTORS = [
  'nonfarm',
  'private',
  'goods_producing',
  'service_providing',
  'private_service_providing',
  'mining_and_logging',
  'construction',
  'manufacturing',
  'durable_goods',
  'nondurable_goods',
  'trade_transportation_utilties',
  'wholesale_trade',
  'retail_trade',
  'transportation_and_warehousing',
  'utilities',
  'information',
  'financial_activities',
  'professional_and_business_services',
  'education_and_health_services',
  'leisure_and_hospitality',
  'other_services',
  'government',
];

const month: Column = {
  name: 'month',
  type: 'string',
  format: 'date',
  description: 'First day of the month',
};
const nonfarmChange: Column = {
  name: 'nonfarm_change',
  type: 'number',
  description: 'Change of nonfarm since the month before, in thousands of jobs',
};

export const usEmployment = csvDataset({
  fileName: 'us-employment.csv',
  columns: [month, ...SUPERSECTORS.map(jobsIn), nonfarmChange],
  listing: {
    slug: 'us-employment',
    title: 'US employment by sector and month, 2006 to 2015',
    description:
      'Jobs in the United States in thousands, seasonally adjusted, in the 22 supersectors of the Current Employment Statistics, through the recession of 2008 and the recovery. One block a month, oldest first.',
    tags: ['economy', 'employment', 'monthly'],
    plans: [...plansAround(10), yearInEuro(499)],
  },
});

function jobsIn(name: string): Column {
  return {
    name,
    type: 'number',
    description: `${name.replaceAll('_', ' ')}, in thousands of jobs`,
  };
}
