import { uuid } from '../contract/index.ts';

/** A page that goes by id names the last one it had, opaquely. */
export function toCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The id that a cursor names; null for what no page has given. */
export function fromCursor(cursor: string): string | null {
  return uuid.safeParse(Buffer.from(cursor, 'base64url').toString()).data ?? null;
}
