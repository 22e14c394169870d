import { isUtf8 } from 'node:buffer';

/** The most bytes of a block. */
export const MAX_BLOCK_BYTES = 1024 * 1024;

/** Whether these bytes are one JSON value in UTF-8. */
export function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    // What is not ASCII stands within strings only, where any character does: a byte each is quicker to read.
    JSON.parse(bytes.toString('latin1'));
    return true;
  } catch {
    return false;
  }
}
