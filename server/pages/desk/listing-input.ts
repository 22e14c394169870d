import { minorDigits } from '../../../domain/currency.ts';
import { slugOf } from '../../../domain/slug.ts';
import { rowsIn } from '../../../web/pages/desk/listing-fields.ts';
import { PERIODS } from '../../../web/pages/desk/listing-plans.ts';
import {
  type BlockField,
  FIELD_TYPES,
  type FieldType,
  schemaOf,
} from '../../../web/parts/block-fields.ts';

type Values = Record<string, string>;
type Faults = Record<string, string>;

/** Parts of the feed that stand in a field of their own. */
const OWN_FIELDS = ['peerKey', 'kind', 'origin', 'mode', 'epochMs'];

/** What a listing's form says, in the shape of the contract, and what could not be read of it. */
export interface ListingInput {
  /** Of both a new listing and a change. */
  common: Record<string, unknown>;
  slug: string;
  feed: Record<string, unknown>;
  faults: Faults;
  /** The name of the field that a path of the contract's schema stands for. */
  fieldOf: (path: PropertyKey[]) => string;
}

export function readListingForm(values: Values): ListingInput {
  const faults: Faults = {};
  const planRows = rowsIn(values, 'plan');
  const plans = planRows.map((row) => planOf(values, row, faults));
  const { title = '', description = '', licence = '', terms = '', sourceUrl = '' } = values;
  const tags = (values.tags ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  if (title.trim() === '') faults.title = 'Give it a title.';
  if (licence.trim() === '') faults.licence = 'Say what buyers may do with it.';
  if (plans.length === 0) faults[''] = 'Say what it costs, or that it is free.';
  const blocks = wholeNumber(values.previewBlocks || '0');
  if (!(blocks <= 100)) faults.previewBlocks = 'Write a whole number from 0 to 100.';
  const common = {
    title,
    description: lines(description),
    tags: [...new Set(tags)],
    licence: licence.trim(),
    terms: terms.trim() === '' ? null : lines(terms),
    sourceUrl: sourceUrl.trim() || null,
    preview: {
      from: values.previewFrom === 'first' ? 'first' : 'last',
      blocks,
    },
    settlement: values.settlement === 'held' ? 'held' : 'direct',
    blockSchema: schemaIn(values, faults),
    plans,
  };
  const slug = values.slug?.trim() || slugOf(title);
  return { common, slug, feed: feedIn(values), faults, fieldOf: fieldNames(planRows) };
}

function feedIn(values: Values): Record<string, unknown> {
  const { kind = 'hypercore', origin = 'hosted', peerKey = '' } = values;
  const copies = copiesIn(values);
  if (origin !== 'mirrored') return { kind, origin, ...copies };
  const keys =
    kind === 'hyperdrive'
      ? [
          ['files', values.coreFiles],
          ['blobs', values.coreBlobs],
        ]
      : [['data', values.coreData]];
  const cores = keys.map(([role, key = '']) => ({ role, key: key.trim() }));
  return { kind, origin, ...copies, peerKey: peerKey.trim(), cores };
}

function copiesIn({ mode, epochMs }: Values): Record<string, unknown> {
  if (mode === 'sealed') return { mode, epochMs: Number(epochMs) };
  return mode === 'unique' ? { mode } : {};
}

function schemaIn(values: Values, faults: Faults): unknown {
  if (values.schemaMode !== 'json') return schemaOf(fieldsIn(values, faults));
  try {
    return JSON.parse(values.schemaJson || '{}');
  } catch {
    faults.schemaJson = 'This is not JSON.';
    return {};
  }
}

/** The values of a block that the form's table has; a row without a name says nothing. */
export function fieldsIn(values: Values, faults: Faults = {}): BlockField[] {
  const seen = new Set<string>();
  return rowsIn(values, 'field').flatMap((row) => {
    const part = (name: string) => (values[`field-${row}-${name}`] ?? '').trim();
    const name = part('name');
    if (name === '') return [];
    if (seen.has(name)) faults[`field-${row}-name`] = 'There is a value of this name already.';
    seen.add(name);
    const isKnown = FIELD_TYPES.some(([type]) => type === part('type'));
    const type = isKnown ? (part('type') as FieldType) : 'any';
    const isRequired = part('required') === 'on';
    return { name, type, unit: part('unit'), description: part('description'), isRequired };
  });
}

function planOf(values: Values, row: number, faults: Faults): Record<string, unknown> {
  const key = (name: string) => `plan-${row}-${name}`;
  const part = (name: string) => (values[key(name)] ?? '').trim();
  const kind = part('kind');
  const plan: Record<string, unknown> = { kind };
  if (kind === 'time' || kind === 'trial') {
    const count = wholeNumber(part('count'));
    const [unit, ms] = PERIODS.find(([name]) => name === part('unit')) ?? PERIODS[2];
    if (!(count >= 1)) faults[key('count')] = 'Write a whole number, such as 1.';
    plan.periodMs = count * ms;
    plan.name = part('name') || (kind === 'trial' ? 'trial' : nameOf(count, unit));
  } else {
    plan.name = part('name') || kind;
  }
  if (kind === 'time' || kind === 'forever') {
    const price = priceOf(part('amount'), part('currency'));
    if (price) Object.assign(plan, price);
    else faults[key('amount')] = 'Write an amount above nothing, such as 500 or 0.99.';
  }
  return { ...plan, ...opensOf(values, row, faults) };
}

/** What a plan opens; members that say nothing are left out. */
function opensOf(values: Values, row: number, faults: Faults): Record<string, unknown> {
  const key = (name: string) => `plan-${row}-${name}`;
  const part = (name: string) => (values[key(name)] ?? '').trim();
  const opens: Record<string, unknown> = {};
  if (part('history') !== '') opens.history = part('history');
  if (part('history') === 'last') {
    opens.historyBlocks = wholeNumber(part('historyBlocks'));
    if (!(wholeNumber(part('historyBlocks')) >= 1))
      faults[key('historyBlocks')] = 'Write how many.';
  }
  if (part('machines') !== '') {
    opens.maxConnections = wholeNumber(part('machines'));
    if (!(wholeNumber(part('machines')) >= 1))
      faults[key('machines')] = 'Write a number from 1 to 64.';
  }
  if (part('kind') === 'free' && part('orders') === 'open') opens.tracked = false;
  return opens;
}

function nameOf(count: number, unit: string): string {
  return count === 1 ? unit : `${count}-${unit}s`;
}

/** An amount in sat or in a currency; null when it is none, or finer than what there is. */
function priceOf(text: string, currency: string): Record<string, unknown> | null {
  const [, whole, fraction = ''] =
    /^(\d{1,13})(?:[.,](\d{1,4}))?$/.exec(text.replace(/\s/g, '')) ?? [];
  const digits = currency === 'sat' || currency === '' ? 3 : digitsOf(currency);
  if (whole === undefined || digits === null || fraction.length > digits) return null;
  const minor = BigInt(whole + fraction.padEnd(digits, '0'));
  if (minor === 0n) return null;
  if (currency === 'sat' || currency === '') return { priceMsat: minor.toString() };
  return { price: { currency, amountMinor: Number(minor) } };
}

function digitsOf(currency: string): number | null {
  try {
    return minorDigits(currency);
  } catch {
    return null;
  }
}

const PARTS: Record<string, string> = {
  name: 'name',
  kind: 'kind',
  history: 'history',
  historyBlocks: 'historyBlocks',
  maxConnections: 'machines',
  tracked: 'orders',
};

function fieldNames(planRows: number[]): ListingInput['fieldOf'] {
  return ([first, second, third]) => {
    if (first === 'plans') {
      const row = planRows[Number(second)] ?? 0;
      if (third === 'periodMs') return `plan-${row}-count`;
      return `plan-${row}-${PARTS[String(third)] ?? 'amount'}`;
    }
    if (first === 'preview') return second === 'from' ? 'previewFrom' : 'previewBlocks';
    if (first === 'blockSchema') return 'schemaJson';
    if (first !== 'feed') return String(first ?? '');
    if (OWN_FIELDS.some((name) => name === second)) return String(second);
    return third === undefined || Number(third) === 0 ? 'coreData' : 'coreBlobs';
  };
}

function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** Browsers end lines of forms with a carriage return and a line feed. */
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
