import { propertyOf, shortText, timeOf } from '../../pages/shelf/columns.ts';
import { inUnit } from '../../parts/chart.ts';

const MAX_ROWS = 300;
const REDRAW_MS = 1000;

const ENDS: Record<string, string> = {
  expired: 'Your access has ended: nothing more comes.',
  revoked: 'The seller has revoked your access: nothing more comes.',
};

/** Puts blocks into the table of the last page as they are appended, until the grant ends or somebody says pause. */
export function follow(live: HTMLElement): void {
  const part = (name: string) => live.querySelector<HTMLElement>(`#live-${name}`)!;
  const table = document.querySelector<HTMLElement>('#blocks');
  const address = new URL(live.dataset.address!, location.href);
  let next = Number(address.searchParams.get('start'));
  let came = 0;
  let source: EventSource | null = null;
  live.hidden = false;

  const say = (state: string) => {
    part('state').textContent = state;
  };
  const open = () => {
    address.searchParams.set('start', String(next));
    source = new EventSource(address);
    source.addEventListener('open', () => say('Live'));
    source.addEventListener('block', ({ data, lastEventId }) => {
      const index = Number(lastEventId);
      if (index < next) return;
      next = index + 1;
      came += 1;
      part('count').textContent = came === 1 ? '1 new block' : `${came} new blocks`;
      if (!table) return location.reload();
      append(table, index, data);
    });
    source.addEventListener('end', ({ data }) => {
      const { reason } = JSON.parse(data) as { reason: string };
      const words = ENDS[reason];
      if (words) finish(words);
    });
    source.addEventListener('error', () => {
      if (source?.readyState === EventSource.CLOSED) {
        finish('The stream has ended. Reload the page to see how your access stands.');
      } else say('Connecting again');
    });
  };
  const finish = (words: string) => {
    source?.close();
    say('Ended');
    part('end').textContent = words;
    part('extend').hidden = false;
    part('switch').hidden = true;
  };
  part('switch').addEventListener('click', () => {
    const paused = source === null;
    part('switch').textContent = paused ? 'Pause' : 'Go on';
    if (paused) return open();
    source?.close();
    source = null;
    say('Paused');
  });
  open();
}

let isRedrawn = true;

function append(table: HTMLElement, index: number, data: string): void {
  const figure = table.querySelector('figure');
  const body = table.querySelector('tbody');
  if (!figure || !body) return;
  const headings = [...table.querySelectorAll<HTMLElement>('thead th')];
  const value: unknown = JSON.parse(data);
  const row = document.createElement('tr');
  row.append(...headings.map(({ dataset }, at) => cellOf(dataset, at, index, value)));
  body.append(row);
  while (body.rows.length > MAX_ROWS) body.rows[0]!.remove();
  if (!isRedrawn) return;
  isRedrawn = false;
  setTimeout(async () => {
    isRedrawn = true;
    if (figure.querySelector('.plot canvas')) (await import('./plot.ts')).replot(figure);
  }, REDRAW_MS);
}

function cellOf({ name, kind }: DOMStringMap, at: number, index: number, value: unknown) {
  const cell = document.createElement('td');
  const isWhole = name === 'Content';
  const isIndex = name === 'Block' && at < 2;
  const content = isIndex ? index : isWhole ? value : propertyOf(value, name!);
  if (content === undefined || content === null) return cell;
  const ms = kind === 'time' ? timeOf(content) : null;
  if (ms !== null) cell.append(time(ms));
  else if (kind === 'number' && typeof content === 'number') cell.append(number(content));
  else cell.textContent = shortText(content);
  if (kind === 'number') cell.className = 'number';
  return cell;
}

function time(ms: number): HTMLTimeElement {
  const made = document.createElement('time');
  made.dateTime = new Date(ms).toISOString();
  made.textContent = made.dateTime.replace('T', ' ').replace(/(\.000)?Z$/, '');
  return made;
}

function number(value: number): HTMLDataElement {
  const made = document.createElement('data');
  made.value = String(value);
  made.textContent = inUnit(value);
  return made;
}
