/** What a statement that asks for a token is about: one listing's feed, or all that the key was granted. */
export function tokenSubject(listing: string | undefined): string {
  return listing ?? '';
}

/**
 * What a statement that hands a grant over is about.
 *
 * @param toKey the public key that it goes to, in lowercase hex
 */
export function transferSubject(listing: string, toKey: string): string {
  return `${listing} ${toKey}`;
}

/** What a statement that asks for a key code is about: nothing but the key. */
export const LINK_SUBJECT = '';
