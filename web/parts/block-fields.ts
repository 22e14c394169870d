type Schema = Record<string, unknown>;

/** What a value may be, as a seller chooses it. */
export const FIELD_TYPES = [
  ['number', 'Number'],
  ['integer', 'Whole number'],
  ['string', 'Text'],
  ['date-time', 'Date and time'],
  ['date', 'Date'],
  ['boolean', 'True or false'],
  ['any', 'Anything'],
] as const;
export type FieldType = (typeof FIELD_TYPES)[number][0];

/** One value of a block, as a line of a table. */
export interface BlockField {
  name: string;
  type: FieldType;
  /** Such as `°C`; empty when there is none. */
  unit: string;
  description: string;
  isRequired: boolean;
}

/** The JSON Schema of a block with these values. */
export function schemaOf(fields: readonly BlockField[]): Schema {
  if (fields.length === 0) return {};
  const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, propertyOf(field)])),
    ...(required.length > 0 && { required }),
  };
}

/** The values that a schema describes; null when it says more than such a table can. */
export function fieldsOf(schema: Schema): BlockField[] | null {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(properties).map(([name, property]): BlockField => {
    const { type, format, unit, description } = property;
    return {
      name,
      type: typeOf(type, format),
      unit: textOf(unit),
      description: textOf(description),
      isRequired: required.includes(name),
    };
  });
  return isSame(schemaOf(fields), schema) ? fields : null;
}

function propertyOf({ type, unit, description }: BlockField): Schema {
  return {
    ...TYPES[type],
    ...(unit && { unit }),
    ...(description && { description }),
  };
}

const TYPES: Record<FieldType, Schema> = {
  number: { type: 'number' },
  integer: { type: 'integer' },
  string: { type: 'string' },
  'date-time': { type: 'string', format: 'date-time' },
  date: { type: 'string', format: 'date' },
  boolean: { type: 'boolean' },
  any: {},
};

function typeOf(type: unknown, format: unknown): FieldType {
  const found = Object.entries(TYPES).find(
    ([, schema]) => schema.type === type && schema.format === format,
  );
  return (found?.[0] ?? 'any') as FieldType;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
}

// Neither the order of members nor that of what is required means anything.
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered).sort();
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, member]) => [name, ordered(member)]);
}
