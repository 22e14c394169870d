/** What a column of an export holds, by the block schema; `json` where that says nothing that a table could keep. */
export type ColumnType = 'integer' | 'number' | 'boolean' | 'time' | 'text' | 'json';

export interface Column {
  name: string;
  type: ColumnType;
}

type Schema = Record<string, unknown>;

const TYPES: Record<string, ColumnType> = {
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  string: 'text',
};

/** The columns that a block schema (JSON Schema) declares, in its order. */
export function columnsOf(schema: unknown): Column[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
  }));
}

function typeOf(property: unknown): ColumnType {
  if (!isObject(property)) return 'json';
  const declared = Array.isArray(property.type) ? property.type : [property.type];
  const types = declared.filter((type) => type !== 'null');
  const [type] = types;
  if (types.length !== 1 || typeof type !== 'string') return 'json';
  if (type === 'string' && property.format === 'date-time') return 'time';
  return TYPES[type] ?? 'json';
}

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
