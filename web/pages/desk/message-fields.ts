import { type Html, html } from '../../html.ts';
import { choice, type FormState, field, textField } from '../../parts/form.ts';

const AS = [
  { value: 'text', text: 'Text' },
  { value: 'json', text: 'JSON, for a program' },
];

/** What a message is made of. */
export function messageFields(form: FormState, { name }: { name: string }): Html {
  return html`${textField({ name: 'body', label: 'Message', hint: 'At most 16 KiB.', required: true, rows: 5 }, form)}
<div class="pair">
${field({ name: 'name', label: 'Name', hint: 'Programs go by it.', value: name, required: true, maxlength: 64, spellcheck: false }, form)}
${choice({ name: 'as', label: 'Send as', hint: 'People read text.', value: 'text', options: AS }, form)}
</div>`;
}
