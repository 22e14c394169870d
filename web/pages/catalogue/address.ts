/** The catalogue's address with a form's values; what is empty stays out. */
export function addressOf(values: Record<string, string>, tags: readonly string[]): string {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  for (const tag of tags) query.append('tag', tag);
  return query.size === 0 ? '/' : `/?${query}`;
}
