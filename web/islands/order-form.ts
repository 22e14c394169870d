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
  form.addEventListener('submit', () => form.setAttribute('aria-busy', 'true'));
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
