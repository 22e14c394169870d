const FIRST = ['data', 'files', 'blobs', 'system'];

/** The cores of a feed, the one that it is found by first. */
export function inOrder<C extends { role: string }>(cores: readonly C[]): C[] {
  return cores.toSorted(
    (a, b) => rank(a.role) - rank(b.role) || a.role.localeCompare(b.role, 'en', { numeric: true }),
  );
}

function rank(role: string): number {
  const at = FIRST.indexOf(role);
  if (at !== -1) return at;
  return role.startsWith('view-') ? FIRST.length : FIRST.length + 1;
}
