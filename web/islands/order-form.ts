import { trialWork } from './parts/trial-work.ts';

// The price follows what is chosen, without a press of a button.
const WAIT_MS = 250;

const form = document.querySelector<HTMLFormElement>('#order-form');
if (form) follow(form);

function follow(form: HTMLFormElement): void {
  const update = form.querySelector<HTMLButtonElement>('#update');
  const parent = update?.parentElement;
  if (parent) parent.hidden = true;
  let timer: ReturnType<typeof setTimeout>;
  let asked = 0;
  const onChange = ({ target }: Event) => {
    const { name } = target as HTMLInputElement;
    if (name !== 'plan' && name !== 'quantity') return;
    clearTimeout(timer);
    timer = setTimeout(refresh, WAIT_MS);
  };
  const refresh = async () => {
    asked += 1;
    const mine = asked;
    const page = await ask(form);
    // Another choice may have been made meanwhile.
    if (page && mine === asked) replace(form, page);
  };
  form.addEventListener('input', onChange);
  // Sent twice it is one order; a button that stays dead after going back would be worse than a second press.
  form.addEventListener('submit', (event) => {
    form.setAttribute('aria-busy', 'true');
    void workFirst(form, event);
  });
}

/** Does the work that a trial takes before the form is sent. For a key that is not known here a limit does without. */
async function workFirst(form: HTMLFormElement, event: Event): Promise<void> {
  const note = form.querySelector<HTMLElement>('#trial-work');
  const buyerKey = keyIn(form);
  if (!note || !buyerKey || form.dataset.worked === buyerKey) return;
  event.preventDefault();
  note.setAttribute('role', 'status');
  note.textContent = 'Your browser works for the trial …';
  const work = await trialWork(note.dataset.feed ?? '', buyerKey, Number(note.dataset.bits));
  const field = form.querySelector<HTMLInputElement>('input[name="work"]') ?? hidden(form, 'work');
  field.value = work;
  form.dataset.worked = buyerKey;
  form.requestSubmit();
}

function keyIn(form: HTMLFormElement): string | undefined {
  const data = new FormData(form);
  const holder = String(data.get('holder') ?? '');
  const typed = holder === 'key' ? data.get('buyerKey') : holder.replace(/^shelf:/, '');
  const key = String(typed ?? '')
    .replace(/\s+/g, '')
    .replace(/^0x/i, '')
    .toLowerCase();
  return /^[0-9a-f]{64}$/.test(key) ? key : undefined;
}

function hidden(form: HTMLFormElement, name: string): HTMLInputElement {
  const field = Object.assign(document.createElement('input'), { type: 'hidden', name });
  form.append(field);
  return field;
}

async function ask(form: HTMLFormElement): Promise<Document | null> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  body.set('do', 'update');
  const answer = await fetch(form.action, {
    method: 'POST',
    body,
    headers: { accept: 'text/html' },
  }).catch(() => null);
  if (!answer || (!answer.ok && answer.status !== 422)) return null;
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

function replace(form: HTMLFormElement, page: Document): void {
  for (const selector of ['#quote', '#order', '.holders', '#counted']) {
    const [old, fresh] = [form.querySelector(selector), page.querySelector(selector)];
    if (
      old &&
      fresh &&
      old.innerHTML !== fresh.innerHTML &&
      !old.contains(document.activeElement)
    ) {
      old.innerHTML = fresh.innerHTML;
    }
  }
}
