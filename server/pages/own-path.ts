/**
 * A path of our own to go on to, out of what an address or a form said (A41): nothing that a browser would take for
 * another site, however it is written. null for all else.
 */
export function ownPath(text: string | undefined): string | null {
  if (!text || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return null;
  const base = 'http://own.invalid';
  const url = URL.parse(text, base);
  return url?.origin === base ? url.pathname + url.search + url.hash : null;
}
