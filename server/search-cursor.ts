import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Place } from '../flow/search-sort.ts';

const TAG_BYTES = 16;
const PURPOSE = 'search-cursors';

export interface SearchCursors {
  write(place: Place, search: string): string;
  /** The place that a cursor names; null for one that we did not give, or gave for another search. */
  read(cursor: string, search: string): Place | null;
}

/** Cursors that hold where a page ended, with a tag that binds them to what was searched for and in which order. */
export function searchCursors(keys: { derive(purpose: string): Uint8Array }): SearchCursors {
  const secret = keys.derive(PURPOSE);
  const tagOf = (place: string, search: string) =>
    createHmac('sha256', secret).update(`${place}\n${search}`).digest().subarray(0, TAG_BYTES);

  return {
    write({ key, id }, search) {
      const place = `${key} ${id}`;
      return Buffer.concat([tagOf(place, search), Buffer.from(place)]).toString('base64url');
    },
    read(cursor, search) {
      const bytes = Buffer.from(cursor, 'base64url');
      const place = bytes.subarray(TAG_BYTES).toString();
      if (bytes.length <= TAG_BYTES) return null;
      if (!timingSafeEqual(bytes.subarray(0, TAG_BYTES), tagOf(place, search))) return null;
      const [key, id] = place.split(' ');
      return key !== undefined && id !== undefined ? { key, id } : null;
    },
  };
}
