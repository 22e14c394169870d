import { uuid } from '../contract/index.ts';
import { filePath } from '../domain/file-path.ts';

/** A page that goes by id names the last one it had, opaquely. */
export function toCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The id that a cursor names; null for what no page has given. */
export function fromCursor(cursor: string): string | null {
  return uuid.safeParse(Buffer.from(cursor, 'base64url').toString()).data ?? null;
}

/** The number that a cursor names; null for what no page has given. */
export function fromNumberCursor(cursor: string): bigint | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  return /^[1-9]\d{0,17}$/.test(text) ? BigInt(text) : null;
}

/** A page that goes by path names the last one it had, opaquely. */
export function toPathCursor(path: string): string {
  return Buffer.from(path).toString('base64url');
}

/** The path that a cursor names; null for what no page has given. */
export function fromPathCursor(cursor: string): string | null {
  const path = Buffer.from(cursor, 'base64url').toString();
  return filePath(path.slice(1)) === path ? path : null;
}
