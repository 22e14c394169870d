import { USUAL_EPOCH_MS } from '../../../domain/epoch.ts';
import { attribute, type Html, html } from '../../html.ts';
import { choice, type FormState, field, idOf } from '../../parts/form.ts';
import { duration } from '../../parts/money.ts';

const KINDS = [
  [
    'hypercore',
    'A log',
    'Readings, trades, events: one row after another, never changed. Buyers follow it live.',
  ],
  [
    'hyperbee',
    'A table by key',
    'A value for each key, which you may change: stations, prices, people. Buyers look keys up.',
  ],
  ['hyperdrive', 'Files', 'Pictures, archives, models, documents, in folders.'],
  [
    'autobase',
    'A log of several writers',
    'An Autobase: machines of yours write into it together. It stays on them, and the market copies it.',
  ],
] as const;

const EPOCHS = [10_000, 60_000, USUAL_EPOCH_MS, 3_600_000, 86_400_000].map((ms) => ({
  value: String(ms),
  text: duration(ms),
}));

/** What the feed is and who writes it; it cannot be changed later. */
export function kindEditor(form: FormState): Html {
  const { values, faults } = form;
  const isMirrored = values.origin === 'mirrored';
  return html`<fieldset><legend>What kind of feed</legend>
${KINDS.map(([kind, name, hint]) => radio('kind', kind, name, hint, (values.kind ?? 'hypercore') === kind))}
</fieldset>
<fieldset><legend>Who writes it</legend>
${radio('origin', 'hosted', 'The market', 'You upload here or append over the API; the market keeps it online. The simple way.', !isMirrored)}
${radio('origin', 'mirrored', 'A machine of mine', 'You have a Hypercore already and keep its key. The market copies it and serves the copy.', isMirrored)}
<details class="mirrored" ${attribute('open', isMirrored || Boolean(faults.peerKey ?? faults.cores))}><summary>Keys of my feed</summary>
<p>All are 64 hexadecimal digits. After saving, you sign a text to prove that the feed is yours.</p>
${field({ name: 'peerKey', label: 'Peer key', hint: 'The Noise public key of your machine’s swarm: swarm.keyPair.publicKey.', spellcheck: false, maxlength: 64 }, form)}
${field({ name: 'coreData', label: 'Core key', hint: 'Of a log or a table: core.key. Of several writers: base.key.', spellcheck: false, maxlength: 64 }, form)}
${field({ name: 'coreFiles', label: 'Files: key of the file list', hint: 'drive.core.key', spellcheck: false, maxlength: 64 }, form)}
${field({ name: 'coreBlobs', label: 'Files: key of the contents', hint: '(await drive.getBlobs()).core.key', spellcheck: false, maxlength: 64 }, form)}
</details>
</fieldset>
<fieldset><legend>What happens to copies</legend>
${radio('mode', 'open', 'Open', 'The market serves buyers only. Whoever gets a copy from one of them can read it.', values.mode !== 'sealed' && values.mode !== 'unique')}
${radio('mode', 'sealed', 'Sealed', 'The data is encrypted, and a buyer gets the keys of the time that was paid for. Buyers may pass copies on, which takes load off the market; whose access has ended reads nothing newer, wherever the copy is from.', values.mode === 'sealed')}
${radio('mode', 'unique', 'Unique to each buyer', 'Every buyer’s copy bears the buyer’s key. A copy that turns up somewhere says who passed it on, unless the data was taken out of it. For a log or a table by key.', values.mode === 'unique')}
<div class="epochs">${choice({ name: 'epochMs', label: 'A new key every', hint: 'So long may somebody read on whose access you end.', value: String(USUAL_EPOCH_MS), options: EPOCHS }, form)}</div>
</fieldset>`;
}

function radio(name: string, value: string, text: string, hint: string, isChosen: boolean): Html {
  const id = `${idOf(name)}-${value}`;
  return html`<div class="option"><input type="radio" name="${name}" value="${value}" id="${id}" ${attribute('checked', isChosen)} aria-describedby="${id}-hint">
<div><label for="${id}">${text}</label><p class="hint" id="${id}-hint">${hint}</p></div></div>`;
}
