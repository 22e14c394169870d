const BASE = 'http://own.invalid';
/** Two slashes at the beginning lead to another site. */
const OWN = /^\/(?![/\\])[\x21-\x7e]*$/;

/**
 * A path of our own to go on to, out of what an address or a form said (A41): nothing that a browser would take for
 * another site, however it is written. null for all else.
 */
export function ownPath(text: string | undefined): string | null {
  if (!text || !OWN.test(text)) return null;
  const url = URL.parse(text, BASE);
  if (url?.origin !== BASE) return null;
  const path = url.pathname + url.search + url.hash;
  // Without its dots, `/.//elsewhere` begins with two slashes.
  return OWN.test(path) ? path : null;
}
