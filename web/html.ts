import { assertHarmless, isAddress, type Place, placesIn } from './template.ts';

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

/** An attribute, for a place within a tag. */
class Attribute extends Html {}

/** Data, for a script element. */
class ScriptData extends Html {}

/**
 * Markup with values in it. A value is escaped for where it stands; one that cannot be made safe there throws when the
 * template is first used. An address stays out unless it is one that a link may lead to. `null`, `undefined` and `false`
 * are nothing; arrays are joined. An attribute without a value: `<input ${attribute('required', isRequired)}>`.
 *
 * @throws {TypeError} for a template or a value that cannot be made safe: a fault of ours
 */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  const places = placesOf(strings);
  let text = strings[0]!;
  let addressAt = 0;
  values.forEach((value, at) => {
    const place = places[at]!;
    let next = strings[at + 1]!;
    if (place.in === 'address' && place.behind !== null) addressAt = text.length - place.behind;
    text += fill(place, value);
    if (place.in === 'address' && place.ahead !== null) {
      const address = text.slice(addressAt) + next.slice(0, place.ahead);
      text = text.slice(0, addressAt) + safeAddress(address, place.attribute);
      next = next.slice(place.ahead);
    }
    text += next;
  });
  return new Html(text);
}

/**
 * An attribute that is there or not: `true` writes its name alone.
 *
 * @throws {TypeError} for one that could run something
 */
export function attribute(name: string, value: string | number | boolean | null | undefined): Html {
  assertHarmless(name);
  if (!/^[a-z][a-z0-9:-]*$/i.test(name)) throw new TypeError(`html: no attribute is named ${name}`);
  if (value === false || value === null || value === undefined) return NOTHING;
  if (value === true) return new Attribute(name);
  const text = isAddress(name) ? safeAddress(String(value), name) : String(value);
  return new Attribute(`${name}="${escapeText(text)}"`);
}

/** Data in a script element, for a script of ours or a search engine to read. */
export function jsonText(value: unknown): Html {
  return new ScriptData(JSON.stringify(value).replaceAll('<', '\\u003c'));
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

const known = new WeakMap<TemplateStringsArray, Place[]>();

function placesOf(strings: TemplateStringsArray): Place[] {
  let places = known.get(strings);
  if (!places) {
    places = placesIn(strings);
    known.set(strings, places);
  }
  return places;
}

function fill(place: Place, value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map((one) => fill(place, one)).join('');
  if (value instanceof Html) return fit(place, value);
  if (place.in === 'script') throw new TypeError('html: write data for a script with jsonText()');
  if (place.in === 'tag' && value !== '') {
    throw new TypeError('html: write an attribute with attribute()');
  }
  return escapeText(String(value));
}

// Markup is right where it stands only if it was made for that place.
function fit({ in: place }: Place, value: Html): string {
  const { text } = value;
  if ((place === 'script') !== value instanceof ScriptData) {
    throw new TypeError('html: jsonText() belongs into a script, and nothing else does');
  }
  if (place === 'tag' && !(value instanceof Attribute) && text.trim() !== '') {
    throw new TypeError('html: write an attribute with attribute()');
  }
  if (place === 'plain' && text.includes('<')) {
    throw new TypeError('html: there is no markup within a textarea or a title');
  }
  return place === 'value' || place === 'address' ? text.replaceAll('"', '&quot;') : text;
}

const SAFE_SCHEME = /^(https?|mailto|lightning):/i;
const PICTURE = /^data:image\/(png|svg\+xml)[;,]/i;
const SHOWN = /^(src|poster)$/i;

/**
 * An address that a link may have; `#` for one that would run something.
 *
 * @param attribute where it is to stand: a picture may be `data:`
 */
export function safeAddress(address: string, attribute = 'href'): string {
  const scheme = /^[^/?#]*:/.exec(withoutControls(address));
  const isSafe =
    !scheme ||
    SAFE_SCHEME.test(scheme[0]) ||
    (SHOWN.test(attribute) && PICTURE.test(withoutControls(address)));
  return isSafe ? address : '#';
}

// Browsers pass over some of these within an address, and over all of them ahead of it.
function withoutControls(address: string): string {
  return [...address].filter((sign) => sign > ' ').join('');
}
