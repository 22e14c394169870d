// The editor's buttons that only change the form do so without leaving the page, and a file fills it in.
import { slugOf } from '../../domain/slug.ts';
import { titleOf } from '../parts/sample.ts';

const SAMPLE_BYTES = 48 * 1024;
const STAYS = /^(add|remove)-|^(preview|json|table|sample)$/;

const editor = document.querySelector<HTMLFormElement>('form[data-editor]');
if (editor) {
  editor.addEventListener('submit', (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || !STAYS.test(button.value)) return forget();
    event.preventDefault();
    void redraw(editor, button);
  });
  editor.addEventListener('input', remember, { once: true });
  enliven(editor);
}

function remember(): void {
  addEventListener('beforeunload', warn);
}

function forget(): void {
  removeEventListener('beforeunload', warn);
}

function warn(event: Event): void {
  event.preventDefault();
}

/** Has the server draw the form anew, as it would without a script, and puts it in place of this one. */
async function redraw(form: HTMLFormElement, button: HTMLButtonElement): Promise<void> {
  form.setAttribute('aria-busy', 'true');
  const body = new URLSearchParams(new FormData(form, button) as never);
  const answer = await fetch(form.action, { method: 'POST', body }).catch(() => null);
  form.removeAttribute('aria-busy');
  const page = new DOMParser().parseFromString((await answer?.text()) ?? '', 'text/html');
  const drawn = page.querySelector('form[data-editor]');
  // Whatever it is that was answered, the browser can show it.
  if (!drawn) {
    forget();
    return HTMLFormElement.prototype.submit.call(form);
  }
  form.replaceChildren(...document.importNode(drawn, true).childNodes);
  enliven(form);
  const focus = form.querySelector<HTMLElement>('[autofocus]') ?? sameButton(form, button);
  focus?.focus();
}

function sameButton(form: HTMLFormElement, { value }: HTMLButtonElement): HTMLElement | null {
  const [, kind] = /^remove-(field|plan)/.exec(value) ?? [];
  const wanted = kind ? `add-${kind}` : value === 'sample' ? '' : value;
  return (
    form.querySelector<HTMLElement>(`button[value="${wanted}"]`) ??
    form.querySelector('#field-title')
  );
}

function enliven(form: HTMLFormElement): void {
  proposeSlug(form);
  readFile(form);
}

function proposeSlug(form: HTMLFormElement): void {
  const title = form.querySelector<HTMLInputElement>('[name=title]');
  const slug = form.querySelector<HTMLInputElement>('[name=slug]');
  if (!title || !slug) return;
  let isOwn = slug.value !== '' && slug.value !== slugOf(title.value);
  slug.addEventListener('input', () => {
    isOwn = slug.value !== '';
  });
  title.addEventListener('input', () => {
    if (!isOwn) slug.value = slugOf(title.value);
  });
}

function readFile(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>('[data-sample-file]');
  const input = place?.querySelector('input');
  if (!place || !input) return;
  place.hidden = false;
  input.addEventListener('change', async () => {
    const [file] = input.files ?? [];
    if (!file) return;
    form.querySelector<HTMLTextAreaElement>('[name=sample]')!.value = await file
      .slice(0, SAMPLE_BYTES)
      .text();
    // With a name it counts as the beginning of a file, whose last line may be cut off.
    form.querySelector<HTMLInputElement>('[name=sampleName]')!.value =
      file.size > SAMPLE_BYTES ? file.name : '';
    const title = form.querySelector<HTMLInputElement>('[name=title]')!;
    if (title.value === '') {
      title.value = titleOf(file.name);
      title.dispatchEvent(new Event('input', { bubbles: true }));
    }
    form.querySelector<HTMLButtonElement>('button[value=sample]')!.click();
  });
}
