// Search as you type: asks for the page that the form would lead to, and takes its results over.
const PAUSE_MS = 180;

const form = document.querySelector<HTMLFormElement>('form[data-search]');
if (form) searchAsTyped(form);

function searchAsTyped(form: HTMLFormElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay: AbortController | undefined;

  const search = async () => {
    clearTimeout(timer);
    underWay?.abort();
    const own = new AbortController();
    underWay = own;
    const address = addressOf(form);
    history.replaceState(null, '', address);
    element('results').setAttribute('aria-busy', 'true');
    const shown = await show(address, own.signal).catch(() => false);
    if (own.signal.aborted) return;
    element('results').removeAttribute('aria-busy');
    if (!shown) say('The search did not get through. Press Search to try again.');
  };

  form.addEventListener('input', ({ target }) => {
    clearTimeout(timer);
    timer = setTimeout(search, target instanceof HTMLInputElement ? PAUSE_MS : 0);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void search();
  });
}

/** Where the form would lead to, without what is left empty. */
function addressOf(form: HTMLFormElement): string {
  const said = [...new FormData(form)].filter(([, value]) => value !== '') as [string, string][];
  const query = new URLSearchParams(said).toString();
  return query === '' ? '/' : `/?${query}`;
}

async function show(address: string, signal: AbortSignal): Promise<boolean> {
  const answer = await fetch(address, { signal, headers: { accept: 'text/html' } });
  const text = await answer.text();
  const page = new DOMParser().parseFromString(text, 'text/html');
  const results = page.getElementById('results');
  if (!results || signal.aborted) return false;
  element('results').replaceChildren(...results.childNodes);
  renewSorts(page);
  say(page.querySelector('.found')?.textContent ?? '');
  return true;
}

// The usual order is another one when there are words to match.
function renewSorts(page: Document): void {
  const [shown, asked] = [document, page].map((one) => one.querySelector('[name="sort"]'));
  if (shown && asked && shown.innerHTML !== asked.innerHTML) {
    // Copies: options that are taken out of one list each become its chosen one in turn.
    shown.replaceChildren(...[...asked.children].map((option) => option.cloneNode(true)));
  }
}

function say(text: string): void {
  const status = document.querySelector('.found');
  if (status && status.textContent !== text) status.textContent = text;
}

function element(id: string): HTMLElement {
  return document.getElementById(id)!;
}
