import { bytes } from '../../parts/bytes.ts';

const SAID_AT = 0.25;

/** How far an upload is, for eyes and ears; and what came of it. */
export class Progress {
  readonly #place: HTMLElement;
  readonly #bar = document.createElement('progress');
  readonly #text = document.createElement('p');
  readonly #said = document.createElement('p');
  readonly #stop = document.createElement('button');
  #lastSaid = 0;

  /** @param onStop called when the seller thinks better of it */
  constructor(place: HTMLElement, onStop: () => void) {
    this.#place = place;
    this.#bar.max = 1;
    this.#bar.setAttribute('aria-label', 'How far the upload is');
    this.#said.className = 'visually-hidden';
    this.#said.setAttribute('role', 'status');
    this.#stop.type = 'button';
    this.#stop.className = 'second';
    this.#stop.textContent = 'Stop';
    this.#stop.addEventListener('click', onStop);
    const card = document.createElement('div');
    card.className = 'card upload-progress';
    card.append(this.#text, this.#bar, this.#stop, this.#said);
    place.replaceChildren(card);
  }

  /** Something is done first that has no measure. */
  prepare(text: string): void {
    this.#bar.removeAttribute('value');
    this.#text.textContent = text;
    this.#said.textContent = text;
  }

  /** So much of so much has gone out. Said aloud only now and then. */
  move(sent: number, total: number): void {
    const share = total === 0 ? 1 : Math.min(1, sent / total);
    this.#bar.value = share;
    this.#text.textContent =
      share < 1 ? `${bytes(sent)} of ${bytes(total)} sent` : 'All sent. Waiting until it is safe…';
    if (share - this.#lastSaid < SAID_AT && share < 1) return;
    this.#lastSaid = share;
    this.#said.textContent = `${Math.round(share * 100)} % sent`;
  }

  /** What came of it, in place of the bar. */
  end(
    tone: 'good' | 'bad' | 'warn',
    text: string,
    again?: { text: string; act: () => void },
  ): void {
    const notice = document.createElement('div');
    notice.className = `notice ${tone}`;
    notice.setAttribute('role', tone === 'bad' ? 'alert' : 'status');
    const said = document.createElement('p');
    said.textContent = text;
    notice.append(said);
    if (again) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = again.text;
      button.addEventListener('click', again.act);
      notice.append(button);
    }
    this.#place.replaceChildren(notice);
  }
}
