/** A rule of the books that does not hold, and the rows that break it. */
export interface Finding {
  rule: string;
  rows: object[];
}

/** Keeps the rules that some rows break. */
export async function broken(rules: Record<string, Promise<object[]>>): Promise<Finding[]> {
  const found = await Promise.all(
    Object.entries(rules).map(async ([rule, rows]) => ({ rule, rows: await rows })),
  );
  return found.filter(({ rows }) => rows.length > 0);
}
