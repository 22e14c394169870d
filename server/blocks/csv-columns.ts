const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?(0|[1-9]\d*)$/;

/** A cell as JSON, null to leave the member out, or what is wrong with it. */
type Cell = string | null | { fault: string };

/** A declared column: how its cells become JSON. */
export interface Column {
  name: string;
  isRequired: boolean;
  json: (cell: string) => Cell;
}

interface ObjectSchema {
  properties?: Record<string, { type?: string | string[] } | boolean>;
  required?: string[];
}

/** The columns that a JSON Schema of an object declares: its properties. */
export function columnsOf(blockSchema: unknown): Map<string, Column> {
  const { properties = {}, required = [] } = (blockSchema ?? {}) as ObjectSchema;
  const columns = Object.entries(properties).map(([name, schema]): [string, Column] => {
    const isRequired = required.includes(name);
    return [name, { name, isRequired, json: reader(typesOf(schema), isRequired) }];
  });
  return new Map(columns);
}

/** What is wrong with a header row; null when nothing is. */
export function headerFault(
  header: readonly string[],
  declared: ReadonlyMap<string, Column>,
): string | null {
  const unknown = header.find((name) => !declared.has(name));
  if (unknown !== undefined) return `column "${unknown}" is not in the block schema`;
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) return `column "${twice}" is there twice`;
  const missing = [...declared.values()].find((c) => c.isRequired && !header.includes(c.name));
  return missing ? `column "${missing.name}" is missing` : null;
}

function typesOf(schema: { type?: string | string[] } | boolean): string[] {
  const type = typeof schema === 'object' ? schema.type : undefined;
  return type === undefined ? ['string'] : [type].flat();
}

function reader(types: readonly string[], isRequired: boolean): Column['json'] {
  return (cell) => {
    if (cell === '' && types.includes('null')) return 'null';
    if (cell === '' && !isRequired && !types.includes('string')) return null;
    for (const [type, read] of READERS) {
      const json = types.includes(type) ? read(cell) : undefined;
      if (json !== undefined) return json;
    }
    return { fault: `${JSON.stringify(cell.slice(0, 40))} is no ${types.join(' or ')}` };
  };
}

// Text comes last: what could be a number is one where both are allowed. Numbers keep the digits they were sent with.
const READERS: readonly [string, (cell: string) => string | undefined][] = [
  ['integer', (cell) => (INTEGER.test(cell) ? cell : undefined)],
  ['number', (cell) => (NUMBER.test(cell) ? cell : undefined)],
  ['boolean', (cell) => (cell === 'true' || cell === 'false' ? cell : undefined)],
  ['object', (cell) => container(cell, '{')],
  ['array', (cell) => container(cell, '[')],
  ['string', (cell) => JSON.stringify(cell)],
];

function container(cell: string, opening: string): string | undefined {
  if (!cell.startsWith(opening)) return undefined;
  try {
    JSON.parse(cell);
    return cell;
  } catch {
    return undefined;
  }
}
