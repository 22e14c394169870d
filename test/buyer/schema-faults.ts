type Schema = Record<string, unknown>;

/** What of a value a JSON Schema refuses; knows the few keywords that our own schemas use. */
export function schemaFaults(value: unknown, schema: Schema, path = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !(keyword in CHECKS));
  if (unknown.length > 0) return [`${path}: keyword ${unknown} is not checked here`];
  return Object.entries(schema).flatMap(([keyword, rule]) =>
    (CHECKS[keyword] as Check)(value, rule, path, schema),
  );
}

type Check = (value: unknown, rule: unknown, path: string, schema: Schema) => string[];

const faultUnless = (ok: boolean, path: string, what: string) => (ok ? [] : [`${path}: ${what}`]);
const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const CHECKS: Record<string, Check> = {
  description: () => [],
  type: (value, rule, path) =>
    faultUnless(
      [rule].flat().some((type) => isOfType(value, type)),
      path,
      `not ${rule}`,
    ),
  const: (value, rule, path) => faultUnless(value === rule, path, `not ${rule}`),
  enum: (value, rule, path) => faultUnless((rule as unknown[]).includes(value), path, 'not listed'),
  format: (value, rule, path) =>
    faultUnless(rule === 'date' && /^\d{4}-\d\d-\d\d$/.test(String(value)), path, `no ${rule}`),
  required: (value, rule, path) =>
    (rule as string[]).flatMap((key) =>
      faultUnless(isObject(value) && key in value, path, `lacks ${key}`),
    ),
  properties: (value, rule, path) =>
    Object.entries(rule as Record<string, Schema>).flatMap(([key, schema]) =>
      isObject(value) && key in value ? schemaFaults(value[key], schema, `${path}.${key}`) : [],
    ),
  additionalProperties: (value, rule, path, schema) =>
    Object.keys(isObject(value) ? value : {}).flatMap((key) =>
      faultUnless(
        rule !== false || key in (schema.properties as Schema),
        path,
        `${key} is unexpected`,
      ),
    ),
  items: (value, rule, path) =>
    (value as unknown[]).flatMap((item, i) => schemaFaults(item, rule as Schema, `${path}[${i}]`)),
  minItems: (value, rule, path) =>
    faultUnless((value as unknown[]).length >= Number(rule), path, 'too few'),
  maxItems: (value, rule, path) =>
    faultUnless((value as unknown[]).length <= Number(rule), path, 'too many'),
};

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
