import type { ApiKey } from '../../../contract/account.ts';
import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { choice, EMPTY_FORM, type FormState } from '../../parts/form.ts';
import type { Viewer } from '../../viewer.ts';
import { confirmPage } from './confirm.ts';

type Named = Pick<ApiKey, 'id' | 'label'>;

export function revokeKeyPage({ id, label }: Named, viewer: Viewer): Page {
  return confirmPage(
    {
      desk: 'keys',
      title: `Revoke “${label}”?`,
      says: html`<p>Programs that use it are refused at once. A revoked key cannot be taken up again.</p>`,
      action: `/desk/keys/${id}/revoke`,
      button: 'Revoke the key',
      isDangerous: true,
      back: '/desk/keys',
      form: EMPTY_FORM,
    },
    viewer,
  );
}

export function rotateKeyPage({ id, label }: Named, form: FormState, viewer: Viewer): Page {
  return confirmPage(
    {
      desk: 'keys',
      title: `Rotate “${label}”?`,
      says: html`<p>You get a new key with the same label and scopes, and the same end. The old one may work on for a while, so that nothing stops.</p>`,
      action: `/desk/keys/${id}/rotate`,
      fields: choice(
        { name: 'overlap', label: 'The old key', value: '86400', options: OVERLAPS },
        form,
      ),
      button: 'Make the new key',
      back: '/desk/keys',
      form,
    },
    viewer,
  );
}

/** In seconds. */
export const OVERLAPS = [
  { value: '0', text: 'Ends at once' },
  { value: '3600', text: 'Works for another hour' },
  { value: '86400', text: 'Works for another day' },
  { value: '604800', text: 'Works for another week' },
];
