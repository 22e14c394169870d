import { attribute, type Content, type Html, html, NOTHING } from '../html.ts';
import type { Viewer } from '../viewer.ts';

/** What was typed into a form, and what is wrong with it, by the names of its fields. */
export interface FormState {
  values: Record<string, string>;
  /** The key '' is for the form as a whole. */
  faults: Record<string, string>;
}

export const EMPTY_FORM: FormState = { values: {}, faults: {} };

/** Every form that posts has it. */
export function csrfField(viewer: Pick<Viewer, 'csrfToken'>): Html {
  return html`<input type="hidden" name="csrf" value="${viewer.csrfToken()}">`;
}

export interface FieldOptions {
  name: string;
  label: Content;
  type?: string;
  hint?: Content;
  required?: boolean;
  autocomplete?: string;
  inputmode?: string;
  minlength?: number;
  maxlength?: number;
  min?: number | string;
  max?: number | string;
  step?: number | string;
  pattern?: string;
  placeholder?: string;
  value?: string;
  spellcheck?: boolean;
  /** The id of a `<datalist>`. */
  list?: string;
  autofocus?: boolean;
}

/** A labelled input that keeps what was typed and says what is wrong with it. */
export function field(options: FieldOptions, { values, faults }: FormState): Html {
  const { name, label, hint, spellcheck, value, ...attributes } = options;
  const typed = options.type === 'password' ? '' : (values[name] ?? value ?? '');
  return wrap(
    options,
    faults[name],
    html`<input id="${idOf(name)}" name="${name}" value="${typed}" ${Object.entries({
      ...attributes,
      spellcheck: spellcheck === false ? 'false' : null,
      ...described(name, hint, faults[name]),
    }).map(([key, one]) => [attribute(key, one), html` `])}>`,
  );
}

/** A labelled text of several lines. */
export function textField(
  options: FieldOptions & { rows?: number },
  { values, faults }: FormState,
): Html {
  const { name, hint, required, maxlength, rows = 6 } = options;
  return wrap(
    options,
    faults[name],
    html`<textarea id="${idOf(name)}" name="${name}" rows="${rows}" ${Object.entries({
      required,
      maxlength,
      ...described(name, hint, faults[name]),
    }).map(([key, one]) => [attribute(key, one), html` `])}>
${values[name] ?? options.value ?? ''}</textarea>`,
  );
}

/** A labelled choice of one. */
export function choice(
  options: FieldOptions & { options: { value: string; text: string }[] },
  { values, faults }: FormState,
): Html {
  const { name, hint, autofocus } = options;
  const chosen = values[name] ?? options.value;
  return wrap(
    options,
    faults[name],
    html`<select id="${idOf(name)}" name="${name}" ${Object.entries({
      autofocus,
      ...described(name, hint, faults[name]),
    }).map(([key, one]) => [attribute(key, one), html` `])}>
${options.options.map(
  ({ value, text }) =>
    html`<option value="${value}" ${attribute('selected', value === chosen)}>${text}</option>`,
)}</select>`,
  );
}

/** What is wrong with a form, said once above it with links to the fields; it takes the focus when it is there. */
export function faultSummary({ faults }: FormState): Html {
  const entries = Object.entries(faults);
  if (entries.length === 0) return NOTHING;
  return html`<div class="notice bad" role="alert" tabindex="-1" id="faults" autofocus>
<p><strong>That did not work.</strong></p>
<ul>${entries.map(([name, fault]) =>
    name === '' ? html`<li>${fault}</li>` : html`<li><a href="#${idOf(name)}">${fault}</a></li>`,
  )}</ul>
</div>`;
}

export function idOf(name: string): string {
  return `field-${name.replace(/[^\w-]+/g, '-')}`;
}

function wrap({ name, label, hint }: FieldOptions, fault: string | undefined, input: Html): Html {
  return html`<div class="field${fault ? ' wrong' : ''}">
<label for="${idOf(name)}">${label}</label>
${hint ? html`<p class="hint" id="${idOf(name)}-hint">${hint}</p>` : NOTHING}
${input}
${fault ? html`<p class="fault" id="${idOf(name)}-fault">${fault}</p>` : NOTHING}
</div>`;
}

function described(name: string, hint: Content, fault: string | undefined) {
  const ids = [hint && `${idOf(name)}-hint`, fault && `${idOf(name)}-fault`].filter(Boolean);
  return {
    'aria-describedby': ids.length > 0 ? ids.join(' ') : null,
    'aria-invalid': fault ? 'true' : null,
  };
}
