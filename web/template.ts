/**
 * Where a value stands in a template's markup. Of an address, which is judged whole: how much of it stands before its
 * first value, and how much behind its last one.
 */
export type Place =
  | { in: 'text' | 'plain' | 'script' | 'tag' | 'value' }
  | { in: 'address'; attribute: string; behind: number | null; ahead: number | null };

const ADDRESSES = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'poster',
  'data',
  'cite',
  'ping',
  'xlink:href',
]);
// What a value could run code by, whatever is escaped.
const DANGEROUS = /^(on.*|style|srcdoc|srcset)$/i;
const RAW = new Set(['script', 'style', 'textarea', 'title']);

const TAG = /<(\/?)([a-z][a-z0-9-]*)/iy;
const WHOLE = /<!doctype[^<>]*>|<!--[\s\S]*?-->/iy;
const END = /\s*\/?>/y;
const SPACE = /\s+/y;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:="([^"]*)("?)|=[^\s"'<>=`]+(?=[\s>]))?/y;

/** The attributes whose value is an address. */
export function isAddress(attribute: string): boolean {
  return ADDRESSES.has(attribute.toLowerCase());
}

/** @throws {TypeError} for an attribute that may hold no value from outside */
export function assertHarmless(attribute: string): void {
  if (DANGEROUS.test(attribute)) {
    throw new TypeError(`html: no value may stand in the attribute ${attribute}`);
  }
}

/**
 * Finds out where the values of a template stand.
 *
 * @param parts the markup between them
 * @throws {TypeError} when one stands where escaping cannot make it safe, or the markup ends amid a tag
 */
export function placesIn(parts: readonly string[]): Place[] {
  const scan = new Scan();
  for (const part of parts.slice(0, -1)) {
    scan.read(part);
    scan.meetValue();
  }
  scan.read(parts.at(-1)!);
  scan.end();
  return scan.places;
}

type State = 'text' | 'raw' | 'tag' | 'value';

class Scan {
  readonly places: Place[] = [];
  #part = '';
  #at = 0;
  #state: State = 'text';
  #element = '';
  #isClosing = false;
  #attribute = '';
  /** How much of the attribute stood there when its first value came. */
  #behind: number | null = null;
  /** Whether space is before what comes next in a tag. */
  #isApart = false;

  read(part: string): void {
    this.#part = part;
    this.#at = 0;
    while (this.#at < part.length) this.#step();
  }

  meetValue(): void {
    this.places.push(this.#place());
    this.#behind = null;
    this.#isApart = false;
  }

  end(): void {
    if (this.#state !== 'text') throw this.#wrong('the markup ends amid a tag');
  }

  #place(): Place {
    if (this.#state === 'text') return { in: 'text' };
    if (this.#state === 'raw') return { in: this.#rawPlace() };
    if (this.#isClosing) throw this.#wrong('a value stands in an end tag');
    if (this.#state === 'tag') {
      if (!this.#isApart) throw this.#wrong('put a space before an attribute, and quote its value');
      return { in: 'tag' };
    }
    assertHarmless(this.#attribute);
    if (!isAddress(this.#attribute)) return { in: 'value' };
    return { in: 'address', attribute: this.#attribute, behind: this.#behind, ahead: null };
  }

  #rawPlace(): 'script' | 'plain' {
    if (this.#element === 'style') throw this.#wrong('no value may stand in a style element');
    return this.#element === 'script' ? 'script' : 'plain';
  }

  #step(): void {
    if (this.#state === 'text') this.#readText();
    else if (this.#state === 'raw') this.#readRaw();
    else if (this.#state === 'tag') this.#readTag();
    else this.#readValue();
  }

  #readText(): void {
    const start = this.#part.indexOf('<', this.#at);
    this.#at = start < 0 ? this.#part.length : start;
    if (start < 0) return;
    if (this.#match(WHOLE)) return;
    const tag = this.#match(TAG);
    if (!tag) throw this.#wrong('write &lt; for a sign that begins no tag');
    this.#isClosing = tag[1] !== '';
    this.#element = tag[2]!.toLowerCase();
    this.#isApart = false;
    this.#state = 'tag';
  }

  #readRaw(): void {
    const end = this.#part.toLowerCase().indexOf(`</${this.#element}`, this.#at);
    this.#at = end < 0 ? this.#part.length : end;
    if (end < 0) return;
    this.#state = 'text';
  }

  #readTag(): void {
    if (this.#match(END)) {
      this.#state = RAW.has(this.#element) && !this.#isClosing ? 'raw' : 'text';
      return;
    }
    if (this.#match(SPACE)) {
      this.#isApart = true;
      return;
    }
    const attribute = this.#isApart && this.#match(ATTRIBUTE);
    if (!attribute) throw this.#wrong('a tag cannot be read');
    const [, name, value, quote] = attribute;
    this.#isApart = false;
    if (value === undefined || quote === '"') return;
    this.#attribute = name!;
    this.#behind = value.length;
    this.#state = 'value';
  }

  #readValue(): void {
    const end = this.#part.indexOf('"', this.#at);
    this.#at = end < 0 ? this.#part.length : end + 1;
    if (end < 0) return;
    const place = this.places.at(-1);
    if (place?.in === 'address') place.ahead = end;
    this.#state = 'tag';
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#part);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #wrong(fault: string): TypeError {
    return new TypeError(`html: ${fault}: ${this.#part.slice(-80)}`);
  }
}
