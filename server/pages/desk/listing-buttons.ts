import { slugOf } from '../../../domain/slug.ts';
import { MAX_FIELDS, rowsIn } from '../../../web/pages/desk/listing-fields.ts';
import { MAX_PLANS } from '../../../web/pages/desk/listing-plans.ts';
import { schemaOf } from '../../../web/parts/block-fields.ts';
import { jsonObject } from '../../../web/parts/json-object.ts';
import { proposeFields, readSample, titleOf } from '../../../web/parts/sample.ts';
import { fieldsIn } from './listing-input.ts';
import { fieldValues, planValues, schemaValues } from './listing-values.ts';

type Values = Record<string, string>;

/** What a form holds after one of its buttons, other than that which saves, and what was wrong. */
export function pressButton(
  values: Values,
  pressed: string,
): { values: Values; faults: Record<string, string> } {
  const [, kind, row] = /^remove-(field|plan)-(\d+)$/.exec(pressed) ?? [];
  if (kind) return { values: without(values, `${kind}-${row}-`), faults: {} };
  switch (pressed) {
    case 'add-field':
      return { values: withField(values), faults: {} };
    case 'add-plan':
      return { values: withPlan(values), faults: {} };
    case 'json': {
      const schemaJson = JSON.stringify(schemaOf(fieldsIn(values)), null, 2);
      return {
        values: { ...without(values, 'field-'), schemaMode: 'json', schemaJson },
        faults: {},
      };
    }
    case 'table':
      return asTable(values);
    case 'sample':
      return fromSample(values);
    default:
      return { values, faults: {} };
  }
}

function without(values: Values, prefix: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !name.startsWith(prefix)));
}

function withField(values: Values): Values {
  const rows = rowsIn(values, 'field');
  if (rows.length >= MAX_FIELDS) return values;
  const row = (rows.at(-1) ?? -1) + 1;
  return { ...values, [`field-${row}-name`]: '', [`field-${row}-required`]: 'on' };
}

function withPlan(values: Values): Values {
  const rows = rowsIn(values, 'plan');
  if (rows.length >= MAX_PLANS) return values;
  const row = (rows.at(-1) ?? -1) + 1;
  const currency = values[`plan-${rows.at(-1)}-currency`] ?? 'sat';
  return { ...values, ...planValues(row, { kind: 'time', currency, count: '1', unit: 'day' }) };
}

function asTable(values: Values): { values: Values; faults: Record<string, string> } {
  const schema = jsonObject(values.schemaJson || '{}');
  if (!schema) return { values, faults: { schemaJson: 'This is not a JSON object.' } };
  const shown = schemaValues(schema);
  if (shown.schemaMode === 'table') return { values: { ...values, ...shown }, faults: {} };
  const schemaJson =
    'This schema says more than a table can show. Take that out, or keep it as JSON.';
  return { values, faults: { schemaJson } };
}

/** What was typed already stays; the table of values is that of the sample. */
function fromSample(values: Values): { values: Values; faults: Record<string, string> } {
  const { sample = '', sampleName = '' } = values;
  const read = readSample(sample, sampleName === '');
  if (!read) {
    const fault =
      'This is neither CSV with a header row and a row below it, nor a JSON object a line.';
    return { values, faults: { sample: fault } };
  }
  const title = values.title || titleOf(sampleName);
  const slug = values.slug || slugOf(title);
  const fields = fieldValues(proposeFields(read).slice(0, MAX_FIELDS));
  return { values: { ...without(values, 'field-'), ...fields, title, slug }, faults: {} };
}
