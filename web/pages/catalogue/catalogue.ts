import type { Listing } from '../../../contract/index.ts';
import type { FormState } from '../../parts/form.ts';

/** What the catalogue shows: what was asked for, and what was found. */
export interface Catalogue {
  /** How the form is filled in, and what is wrong with that. */
  form: FormState;
  /** The tags that are asked for. */
  tags: string[];
  listings: Listing[];
  /** The commonest tags of what was found. */
  facets: { tag: string; count: number }[];
  count: { listings: number; isAll: boolean };
  isFirst: boolean;
  /** The cursor of the next page. */
  next: string | null;
  nowMs: number;
}
