const MAX_LENGTH = 64;

/** A slug made of a title: `Garden & Sons, 2026` becomes `garden-sons-2026`. */
export function slugOf(title: string): string {
  const letters = title.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return letters
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, '');
}
