const MAX_DEPTH = 32;

/**
 * JSON is UTF-8 (RFC 8259, section 8.1); what is not would be stored as something nobody sent.
 *
 * @throws with `status` 400, or 415 for what says itself that it is something else
 */
export function checkJsonBytes(bytes: Buffer, charset: string): void {
  if (charset !== 'utf-8') {
    throw Object.assign(new Error(`JSON is UTF-8, not ${charset}.`), { status: 415 });
  }
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw Object.assign(new Error('The body is not UTF-8.'), { status: 400 });
  }
}

/** Whether a parsed body nests deeper than anything we take. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth >= MAX_DEPTH) return true;
  return Object.values(value).some((each) => isTooDeep(each, depth + 1));
}
