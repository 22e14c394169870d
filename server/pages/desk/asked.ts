import { uuid } from '../../../contract/index.ts';
import { type Refusal, refuse } from '../../../domain/refusal.ts';
import { fromCursor } from '../../cursor.ts';

/** What a form in an address said: fields that were left empty were not asked. */
export function asked(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

/** An id of a path; null for what could be none. */
export function idIn(params: Record<string, string>): string | null {
  return uuid.safeParse(params.id).data ?? null;
}

/** The id that an address's cursor names: undefined without one. */
export function afterOf(query: Record<string, string>): string | undefined | Refusal {
  if (!query.cursor) return undefined;
  return fromCursor(query.cursor) ?? noCursor();
}

export function noCursor(): Refusal {
  return refuse('cursor-invalid', 'The cursor is none that a page of this list gave.');
}
