import { attribute, type Content, type Html, html } from '../../html.ts';
import { field } from '../../parts/form.ts';
import { moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import type { OrderOffer } from './order-offer.ts';
import { shortKey } from './summary.ts';

interface Holder {
  value: string;
  label: Content;
  hint: Content;
  more?: Html;
}

/** Who gets the access: nobody has to have a key to buy. */
export function holders(offer: OrderOffer, viewer: Viewer): Html {
  const all = [...ownKeys(offer), ...newcomers(offer, viewer)];
  const typed = offer.form.values.holder;
  const chosen = all.find(({ value }) => value === typed)?.value ?? all[0]!.value;
  const fault = offer.form.faults.holder;
  return html`<fieldset class="field holders" id="field-holder"><legend>Who gets the access</legend>
${fault && html`<p class="fault">${fault}</p>`}
${all.map((one) => holder(one, one.value === chosen))}
</fieldset>`;
}

function holder({ value, label, hint, more }: Holder, isChosen: boolean): Html {
  const id = `holder-${value.replace(':', '-').slice(0, 20)}`;
  return html`<div class="holder">
<input type="radio" name="holder" id="${id}" value="${value}" ${attribute('checked', isChosen)} aria-describedby="${id}-hint">
<label for="${id}">${label}</label>
<p class="hint" id="${id}-hint">${hint}</p>
${more && html`<div class="holder-more">${more}</div>`}
</div>`;
}

function ownKeys({ ownKeys, quote }: OrderOffer): Holder[] {
  return ownKeys.map(({ buyerKey, isLive, expiresAtMs }) => {
    const value = `shelf:${buyerKey}`;
    const key = html`<span class="key">${shortKey(buyerKey)}</span>`;
    if (!isLive) {
      return { value, label: html`My key ${key}`, hint: 'The key that you showed here before.' };
    }
    const then = expiresAtMs !== null && quote?.durationMs ? expiresAtMs + quote.durationMs : null;
    const now =
      expiresAtMs === null
        ? 'It has no end already.'
        : html`Now until ${moment(expiresAtMs)}${then !== null && html`, then until ${moment(then)}`}.`;
    return { value, label: 'Extend the access I have', hint: html`${now} Key ${key}` };
  });
}

function newcomers({ form }: OrderOffer, { origin }: Viewer): Holder[] {
  const key: Holder = {
    value: 'key',
    label: 'A buyer key that I have',
    hint: 'For the machine whose connections use that key.',
    more: field(
      {
        name: 'buyerKey',
        label: 'Buyer key',
        hint: '64 hexadecimal digits, such as “dazaar keygen” shows.',
        autocomplete: 'off',
        spellcheck: false,
        maxlength: 200,
      },
      form,
    ),
  };
  const code: Holder = {
    value: 'code',
    label: 'The command line on my machine, with a short code',
    hint: 'Its key goes onto your shelf here as well, so that you can read in the browser too.',
    more: html`<p>Run <code>npx dazaar link --market ${origin}</code> there and type what it shows.</p>
${field({ name: 'keyCode', label: 'Code', hint: 'Eight characters, such as 7H4M-9Q0C.', autocomplete: 'off', spellcheck: false, maxlength: 40 }, form)}`,
  };
  return [
    {
      value: 'claim',
      label: 'This browser, with a claim code',
      hint: 'The fastest: read the data right here. The code takes it to any other machine later.',
    },
    code,
    key,
  ];
}
