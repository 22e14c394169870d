const MAX_ROWS = 200;
const MAX_DEPTH = 6;
const MAX_CHOICES = 8;
const MAX_CHOICE = 40;

type Schema = Record<string, unknown>;

/** A property of what a schema describes, as a line of a table. */
export interface SchemaRow {
  /** With those around it: `position.latitude`, `stops[].name`. */
  path: string;
  type: string;
  /** Format, unit and limits. */
  notes: string[];
  isRequired: boolean;
  description: string;
}

export interface SchemaRows {
  /** What a whole value is: `object`, or `number` with no properties at all. */
  type: string;
  rows: SchemaRow[];
  /** What the rows leave out, in words. */
  leftOut: string[];
}

/** Parts of JSON Schema that say more than properties and types do. */
const BEYOND: Record<string, string> = {
  oneOf: 'alternatives (oneOf)',
  anyOf: 'alternatives (anyOf)',
  allOf: 'combined schemas (allOf)',
  not: 'what must not be (not)',
  if: 'conditions (if, then, else)',
  patternProperties: 'properties by pattern',
  dependentSchemas: 'dependent schemas',
  dependentRequired: 'dependent properties',
  prefixItems: 'items by position',
  contains: 'what an array contains',
  propertyNames: 'names of properties',
  pattern: 'patterns of texts',
};

/**
 * What a JSON Schema says of one block, flat. It comes from a seller and may be anything: what is deep, cyclic or long is
 * cut, and `leftOut` says so.
 */
export function schemaRows(schema: unknown): SchemaRows {
  const walk = new Walk(schema);
  return { type: walk.typeOf(schema), rows: walk.rows, leftOut: [...walk.leftOut] };
}

class Walk {
  readonly rows: SchemaRow[] = [];
  readonly leftOut = new Set<string>();
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
    this.#enter(root, '', [], 0);
  }

  typeOf(schema: unknown): string {
    const known = this.#resolve(schema);
    if (known === true) return 'anything';
    if (known === false) return 'nothing';
    if (!isSchema(known)) return 'anything';
    if ('const' in known) return `always ${short(known.const)}`;
    if (Array.isArray(known.enum)) return `one of ${choices(known.enum)}`;
    const types = typesOf(known);
    if (types.length === 0) return isSchema(known.properties) ? 'object' : 'anything';
    return types
      .map((type) =>
        type === 'array' && isSchema(known.items)
          ? `array of ${this.#itemType(known.items)}`
          : type,
      )
      .join(' or ');
  }

  #itemType(items: Schema): string {
    const known = this.#resolve(items);
    if (!isSchema(known)) return 'anything';
    return typesOf(known).join(' or ') || 'anything';
  }

  #enter(schema: unknown, path: string, within: readonly unknown[], depth: number): void {
    const known = this.#resolve(schema);
    if (!isSchema(known)) return;
    if (within.includes(known)) {
      this.leftOut.add('a structure that contains itself');
      return;
    }
    if (depth > MAX_DEPTH) {
      this.leftOut.add(`what lies deeper than ${MAX_DEPTH} levels`);
      return;
    }
    this.#noteBeyond(known);
    const inside = [...within, known];
    if (isSchema(known.items)) this.#enter(known.items, `${path}[]`, inside, depth + 1);
    if (!isSchema(known.properties)) return;
    const required = Array.isArray(known.required) ? known.required : [];
    for (const [name, property] of Object.entries(known.properties)) {
      if (this.rows.length >= MAX_ROWS) {
        this.leftOut.add(`all properties after the first ${MAX_ROWS}`);
        return;
      }
      const own = path === '' ? name : `${path}.${name}`;
      this.rows.push(this.#row(own, property, required.includes(name)));
      this.#enter(property, own, inside, depth + 1);
    }
  }

  #row(path: string, property: unknown, isRequired: boolean): SchemaRow {
    const known = this.#resolve(property);
    const schema = isSchema(known) ? known : {};
    const description = textOf(isSchema(property) ? property.description : undefined);
    return {
      path,
      type: this.typeOf(property),
      notes: notesOf(schema),
      isRequired,
      description: description || textOf(schema.description) || textOf(schema.title),
    };
  }

  /** What a reference within the schema stands for. */
  #resolve(schema: unknown): unknown {
    let at = schema;
    for (let steps = 0; isSchema(at) && typeof at.$ref === 'string'; steps++) {
      const found = steps < MAX_DEPTH ? this.#find(at.$ref) : undefined;
      if (found === undefined) {
        this.leftOut.add('references that lead nowhere this table can follow');
        return at;
      }
      at = found;
    }
    return at;
  }

  #find(reference: string): unknown {
    if (reference === '#') return this.#root;
    if (!reference.startsWith('#/')) return undefined;
    let at: unknown = this.#root;
    for (const step of reference
      .slice(2)
      .split('/')
      .slice(0, 2 * MAX_DEPTH)) {
      const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
      at = (at as Schema)[name];
    }
    return at;
  }

  #noteBeyond(schema: Schema): void {
    for (const [keyword, words] of Object.entries(BEYOND)) {
      if (Object.hasOwn(schema, keyword)) this.leftOut.add(words);
    }
    if (isSchema(schema.additionalProperties)) this.leftOut.add('further properties of one type');
  }
}

function notesOf({ format, unit, units, minimum, maximum }: Schema): string[] {
  const notes = [format, unit, units].filter((note) => typeof note === 'string').map(cut);
  const from = typeof minimum === 'number' ? minimum : null;
  const to = typeof maximum === 'number' ? maximum : null;
  if (from !== null && to !== null) notes.push(`${from} to ${to}`);
  else if (from !== null) notes.push(`at least ${from}`);
  else if (to !== null) notes.push(`at most ${to}`);
  return notes;
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The types that a schema names, without what is none. */
export function typesOf({ type }: Schema): string[] {
  return [type].flat().filter((one) => typeof one === 'string');
}

function choices(values: unknown[]): string {
  const shown = values.slice(0, MAX_CHOICES).map(short);
  const more = values.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const short = (value: unknown) => cut(JSON.stringify(value) ?? '');

function cut(text: string): string {
  return text.length > MAX_CHOICE ? `${text.slice(0, MAX_CHOICE)}…` : text;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
