import type { Listing } from '../../../contract/index.ts';
import type { FormState } from '../../parts/form.ts';

export interface EditorView {
  /** null: a new one. */
  listing: Listing | null;
  form: FormState;
  /** Which of the form's submit buttons was pressed; null when the page is just opened. */
  pressed: string | null;
  /** Currencies that the market knows a rate of. */
  currencies: string[];
  /** What has changed since the form was opened, in words, when somebody else saved. */
  conflict: { name: string; now: string }[] | null;
}
