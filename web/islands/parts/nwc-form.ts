import { payWithNwc } from './nwc.ts';
import type { Paid } from './paid.ts';

type Send = (bolt11: string) => Promise<Paid>;

/** Asks for a connection to a wallet. It stays in this page: it has no name, is not sent to the market nor stored. */
export function openNwcForm(
  place: HTMLElement,
  pay: (button: HTMLButtonElement, send: Send) => Promise<void>,
): void {
  if (!place.firstChild) build(place, pay);
  place.querySelector('input')?.focus();
}

function build(
  place: HTMLElement,
  pay: (button: HTMLButtonElement, send: Send) => Promise<void>,
): void {
  const form = make('form', { className: 'card' });
  const label = make('label', {
    htmlFor: 'nwc-connection',
    textContent: 'Connection of your wallet',
  });
  const hint = make('p', {
    className: 'hint',
    id: 'nwc-hint',
    textContent:
      'It begins with nostr+walletconnect:// and is made in your wallet; give it a small budget. It stays in this page: the market never sees it.',
  });
  const input = make('input', {
    id: 'nwc-connection',
    type: 'password',
    autocomplete: 'off',
    required: true,
    spellcheck: false,
  });
  input.setAttribute('aria-describedby', 'nwc-hint');
  const button = make('button', { textContent: 'Pay with this wallet' });
  const actions = make('div', { className: 'actions' });
  actions.append(button);
  form.append(label, hint, input, actions);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void pay(button, (bolt11) => payWithNwc(input.value.trim(), bolt11));
  });
  place.replaceChildren(form);
}

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), properties);
}
