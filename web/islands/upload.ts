// Uploads over the API itself, with a look at the file first, and a bar that tells how far it is.
import { look } from './parts/look.ts';
import { Progress } from './parts/progress.ts';

const form = document.querySelector<HTMLFormElement>('form[data-upload]');
if (form) enliven(form);

function enliven(form: HTMLFormElement): void {
  const kind = form.dataset.upload!;
  const schema = JSON.parse(form.querySelector('[data-schema]')?.textContent ?? '{}');
  const place = form.querySelector<HTMLElement>('[data-look]');
  const state = document.querySelector<HTMLElement>('[data-upload-state]')!;
  if (place) {
    form.querySelector('input[type=file]')!.addEventListener('change', ({ target }) => {
      const [file] = (target as HTMLInputElement).files ?? [];
      if (file) void look(place, file, schema, kind === 'hyperbee');
      else place.replaceChildren();
    });
  }
  form.addEventListener('submit', async (event) => {
    const files = filesOf(form);
    if (files.length === 0) return;
    event.preventDefault();
    const { upload } = await import('./parts/upload-kinds.ts');
    void run();

    async function run(): Promise<void> {
      const stop = new AbortController();
      const progress = new Progress(state, () => stop.abort());
      const button = form.querySelector('button')!;
      button.disabled = true;
      addEventListener('beforeunload', warn);
      const outcome = await upload({ form, kind, schema, files, progress, signal: stop.signal });
      removeEventListener('beforeunload', warn);
      button.disabled = false;
      const again = { text: 'Send the rest', act: () => void run() };
      if (outcome.is === 'done') {
        progress.end('good', outcome.text);
        await refresh();
      } else if (outcome.is === 'refused') progress.end('bad', outcome.detail);
      else if (outcome.is === 'broken') {
        progress.end('bad', 'The connection broke. What has arrived is kept.', again);
      } else progress.end('warn', 'Stopped. What has arrived is kept.', again);
    }
  });
}

function filesOf(form: HTMLFormElement): File[] {
  const inputs = [...form.querySelectorAll<HTMLInputElement>('input[type=file]')];
  return inputs.flatMap(({ files }) => [...(files ?? [])]);
}

function warn(event: Event): void {
  event.preventDefault();
}

/** The figures and the list of files, as they are now. */
async function refresh(): Promise<void> {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of ['[data-length]', '[data-files]']) {
    const drawn = page.querySelector(part);
    if (drawn) document.querySelector(part)?.replaceWith(document.importNode(drawn, true));
  }
}
