import { Ajv2020 } from 'ajv/dist/2020.js';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const MAX_BYTES = 32 * 1024;
const MAX_DEPTH = 16;
const REFERENCES = new Set(['$ref', '$dynamicRef']);

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/**
 * Why something is no JSON Schema (draft 2020-12) that the market shows; null when it is one. It is held against the
 * draft's own schema and never compiled: no pattern of a seller's ever runs here, against blocks or anything else.
 */
export function faultOfBlockSchema(schema: Record<string, unknown>): string | null {
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_BYTES) return 'it is larger than 32 KiB';
  if (schema.$schema !== undefined && schema.$schema !== DRAFT) return `$schema is not ${DRAFT}`;
  const fault = faultWithin(schema, 0);
  if (fault) return fault;
  if (ajv.validateSchema({ ...schema, $schema: DRAFT })) return null;
  const [error] = ajv.errors ?? [];
  return error ? `${error.instancePath || 'it'} ${error.message}` : 'it is no schema';
}

function faultWithin(value: unknown, depth: number): string | null {
  if (typeof value === 'string' && !value.isWellFormed()) return 'it has a text that is no Unicode';
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return `it nests deeper than ${MAX_DEPTH} levels`;
  for (const [key, member] of Object.entries(value)) {
    const fault =
      faultWithin(key, depth) ?? faultOfMember(key, member) ?? faultWithin(member, depth + 1);
    if (fault) return fault;
  }
  return null;
}

// What a reader of the schema would have to fetch, or could not read, is refused to the seller instead.
function faultOfMember(key: string, value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (REFERENCES.has(key) && !value.startsWith('#')) return `${key} "${value}" leads elsewhere`;
  if (key === 'pattern' && !isPattern(value)) return `"${value}" is no regular expression`;
  return null;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
