/** Markup that may go into a page as it is. */
export class Html {
  readonly text: string;

  /** @param text markup: whatever came from outside has been escaped by whoever calls this */
  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type Content = Html | string | number | bigint | null | undefined | false | Content[];

/**
 * Markup with values in it. A value is escaped for where it stands, which is between tags or in a quoted attribute and
 * nowhere else; an address stays out unless it is one that a link may lead to. `null`, `undefined` and `false` are
 * nothing; arrays are joined. An attribute without a value: `<input ${attribute('required', isRequired)}>`.
 */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  const places = placesOf(strings);
  let text = strings[0]!;
  values.forEach((value, at) => {
    text += fill(places[at]!, value) + strings[at + 1];
  });
  return new Html(text);
}

/** An attribute that is there or not: `true` writes its name alone. For names and values of our own, and escaped. */
export function attribute(name: string, value: string | number | boolean | null | undefined): Html {
  if (value === false || value === null || value === undefined) return NOTHING;
  return new Html(value === true ? name : `${name}="${escapeText(String(value))}"`);
}

/** Data for a script of ours to read: `<script type="application/json">`. */
export function jsonText(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

export const NOTHING = new Html('');

const SIGNS: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => SIGNS[sign]!);
}

type Place = 'text' | 'script' | 'tag' | 'quoted' | 'address';

const known = new WeakMap<TemplateStringsArray, Place[]>();

function placesOf(strings: TemplateStringsArray): Place[] {
  let places = known.get(strings);
  if (!places) {
    places = findPlaces(strings);
    known.set(strings, places);
  }
  return places;
}

const ADDRESSES = new Set(['href', 'src', 'action', 'formaction', 'poster']);
const RAW_TEXT = /<(script|style|textarea|title)\b[^>]*>(?![\s\S]*<\/\1)/i;

/** @throws {TypeError} when a value stands where escaping cannot make it safe */
function findPlaces(strings: TemplateStringsArray): Place[] {
  let before = '';
  return strings.slice(0, -1).map((part) => {
    before += part;
    const place = placeBehind(before);
    before += place === 'tag' ? '' : 'x';
    return place;
  });
}

function placeBehind(markup: string): Place {
  const raw = RAW_TEXT.exec(markup)?.[1]?.toLowerCase();
  if (raw === 'style') throw new TypeError('html: no value may stand in a style element');
  if (raw === 'script' && closes(markup.slice(markup.toLowerCase().lastIndexOf('<script'))))
    return 'script';
  const tag = markup.slice(markup.lastIndexOf('<'));
  const isInside =
    /^<[a-z][^\s>]*(?:\s+[^\s=>"']+(?:=(?:"[^"]*"|[^\s"'>]*))?)*\s*(?:[^\s=>"']+="[^"]*)?$/i;
  if (!tag.startsWith('<') || !/^<[a-z]/i.test(tag) || closes(tag)) return 'text';
  if (!isInside.test(tag)) throw new TypeError(`html: a value stands in the wrong place: ${tag}`);
  const [, name, value] = /\s([^\s=>"']+)="([^"]*)$/.exec(tag) ?? [];
  if (name === undefined) {
    if (/[=\w]$/.test(tag)) throw new TypeError(`html: quote the attribute's value: ${tag}`);
    return 'tag';
  }
  if (/^on/i.test(name) || name === 'style') {
    throw new TypeError(`html: no value may stand in the attribute ${name}`);
  }
  return ADDRESSES.has(name.toLowerCase()) && value === '' ? 'address' : 'quoted';
}

// Whether a `>` outside of quotes has ended the tag.
function closes(tag: string): boolean {
  return tag
    .replace(/"[^"]*"/g, '')
    .replace(/"[^"]*$/, '')
    .includes('>');
}

function fill(place: Place, value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map((one) => fill(place, one)).join('');
  if (value instanceof Html) {
    if (place === 'quoted' || place === 'address') return value.text.replaceAll('"', '&quot;');
    return value.text;
  }
  if (place === 'script') throw new TypeError('html: write data for a script with jsonText()');
  if (place === 'tag') throw new TypeError('html: write an attribute with attribute()');
  const text = String(value);
  return escapeText(place === 'address' ? safeAddress(text) : text);
}

const SAFE_SCHEME = /^(https?|mailto|lightning|data):/i;

/** An address that a link may have; `#` for one that would run something. */
export function safeAddress(address: string): string {
  const plain = [...address].filter((sign) => sign > ' ').join('');
  if (/^data:/i.test(plain)) return /^data:image\/(png|svg\+xml)[;,]/i.test(plain) ? address : '#';
  const scheme = /^[^/?#]*:/.exec(plain);
  return !scheme || SAFE_SCHEME.test(plain) ? address : '#';
}
