import { type Html, html, NOTHING } from '../../html.ts';

const SENTENCES = {
  revoked: 'The access is revoked. The buyer was cut off at once.',
  restored: 'The access is restored, until the end that it had.',
  extended: 'The buyer has been given more time.',
  'message-sent': 'Your message is sent.',
  'payout-asked': 'The payout is on its way. Its money is locked until the node says how it ended.',
  'key-revoked': 'The key is revoked. It opens nothing any more.',
  'webhook-changed': 'The webhook is changed.',
  'webhook-enabled': 'The webhook is enabled. What was on its way is being sent.',
  'webhook-disabled': 'The webhook is disabled. Nothing is sent until you enable it.',
  'webhook-deleted': 'The webhook is deleted.',
  'test-sent': 'A test event is on its way.',
  redelivered: 'It is being sent again, under the same id.',
  'profile-saved': 'Your profile is saved.',
  'password-changed': 'Your password is changed. All other sessions have ended.',
  'email-changed': 'Your email is changed. Log in with the new one from now on.',
  'login-added': 'You can log in with email and password now. All other sessions have ended.',
  'wallet-unlinked': 'The wallet does not log in any more. All other sessions have ended.',
  'wallet-linked': 'Your wallet logs into this account now.',
} as const;

export type Done = keyof typeof SENTENCES;

/** What was just done, by the code that an address carries: nothing else of the address is shown. */
export function doneNotice(code: string | undefined): Html {
  if (code === undefined || !Object.hasOwn(SENTENCES, code)) return NOTHING;
  return html`<p class="notice good" role="status">${SENTENCES[code as Done]}</p>`;
}
