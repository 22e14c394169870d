import type { Listing, Plan } from '../../../contract/index.ts';
import { minorDigits } from '../../../domain/currency.ts';
import { PERIODS } from '../../../web/pages/desk/listing-plans.ts';
import { type BlockField, fieldsOf } from '../../../web/parts/block-fields.ts';

type Values = Record<string, string>;

/** The form of a new listing, before anything is typed. */
export function newListingValues(key: string): Values {
  return {
    key,
    sampleName: '',
    previewBlocks: '10',
    previewFrom: 'last',
    ...fieldValues([{ name: '', type: 'number', unit: '', description: '', isRequired: true }]),
    ...planValues(0, { kind: 'time', amount: '', currency: 'sat', count: '1', unit: 'hour' }),
  };
}

/** A listing as its form shows it. */
export function listingValues(listing: Listing, terms: string | null): Values {
  const { title, description, tags, licence, sourceUrl, preview, plans, version } = listing;
  return {
    version: String(version),
    title,
    description,
    tags: tags.join(' '),
    licence,
    sourceUrl: sourceUrl ?? '',
    terms: terms ?? '',
    previewBlocks: String(preview.blocks),
    previewFrom: preview.from,
    settlement: listing.settlement,
    ...schemaValues(listing.feed.blockSchema),
    ...Object.assign({}, ...plans.map((plan, row) => planValues(row, partsOf(plan)))),
  };
}

/** A block schema as the form shows it: as a table where that says all of it. */
export function schemaValues(schema: Record<string, unknown>): Values {
  const fields = fieldsOf(schema);
  if (fields) return fieldValues(fields);
  return { schemaMode: 'json', schemaJson: JSON.stringify(schema, null, 2) };
}

export function fieldValues(fields: readonly BlockField[]): Values {
  const rows = fields.map(({ name, type, unit, description, isRequired }, row) => ({
    [`field-${row}-name`]: name,
    [`field-${row}-type`]: type,
    [`field-${row}-unit`]: unit,
    [`field-${row}-description`]: description,
    [`field-${row}-required`]: isRequired ? 'on' : '',
  }));
  return Object.assign({ schemaMode: 'table' }, ...rows);
}

export function planValues(row: number, parts: Values): Values {
  return Object.fromEntries(
    Object.entries(parts).map(([part, value]) => [`plan-${row}-${part}`, value]),
  );
}

function partsOf(plan: Plan): Values {
  const { name, kind, priceMsat, price, periodMs } = plan;
  const money = price
    ? { currency: price.currency, amount: decimal(price.amountMinor, minorDigits(price.currency)) }
    : { currency: 'sat', amount: priceMsat === '0' ? '' : decimal(priceMsat ?? '0', 3) };
  return { kind, name, ...money, ...periodParts(periodMs), ...opensParts(plan) };
}

function opensParts({ history, historyBlocks, maxConnections, tracked }: Plan): Values {
  return {
    history,
    historyBlocks: historyBlocks === null ? '' : String(historyBlocks),
    machines: maxConnections === null ? '' : String(maxConnections),
    orders: tracked ? 'ordered' : 'open',
  };
}

function periodParts(periodMs: number | null): Values {
  if (periodMs === null) return { count: '1', unit: 'hour' };
  const [unit, ms] = PERIODS.findLast(([, ms]) => periodMs % ms === 0) ?? PERIODS[0];
  return { count: String(periodMs / ms), unit };
}

/** Of so many of the smallest unit; zeros behind the point are left out for sat, and kept for money. */
function decimal(minor: string | number, digits: number): string {
  const text = String(minor).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = digits === 3 ? text.slice(-3).replace(/0+$/, '') : text.slice(whole.length);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
