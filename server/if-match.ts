const TAG = /^"(\d{1,9})"$/;

/** A listing's version as an entity tag (RFC 9110, section 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The versions that an If-Match header names: null for `*`. Weak tags and tags of others match nothing, as the strong
 * comparison of RFC 9110, section 13.1.1 has it.
 */
export function versionsIn(header: string): number[] | null {
  if (header.trim() === '*') return null;
  return header.split(',').flatMap((tag) => {
    const [, version] = TAG.exec(tag.trim()) ?? [];
    return version === undefined ? [] : Number(version);
  });
}
