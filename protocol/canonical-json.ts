/**
 * JSON in the one form that is signed and hashed: members by their keys' UTF-16 code units, no spaces, numbers as
 * ECMAScript writes them (RFC 8785). Members that are undefined are left out, as JSON has none.
 *
 * @throws TypeError for what JSON cannot say: other numbers than finite ones, text with unpaired surrogates, functions
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) return `{${members(value).join(',')}}`;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`${value} is no JSON`);
  if (typeof value === 'string' && !value.isWellFormed())
    throw new TypeError('a text is no Unicode');
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} is no JSON`);
  return text;
}

function members(value: object): string[] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
}
