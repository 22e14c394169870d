import { rowsIn } from '../../../web/pages/desk/listing-fields.ts';

type Values = Record<string, string>;

const NAMES: Record<string, string> = {
  title: 'Title',
  description: 'Description',
  tags: 'Tags',
  licence: 'Licence',
  sourceUrl: 'Where it comes from',
  terms: 'Terms of use',
  previewBlocks: 'Blocks that anybody sees',
  previewFrom: 'Which ones',
};
const MAX_SHOWN = 300;

/** Where a listing says something else by now than what was typed: what it says there. */
export function differences(typed: Values, now: Values): { name: string; now: string }[] {
  const fields = Object.entries(NAMES).flatMap(([field, name]) => {
    const [mine = '', theirs = ''] = [typed[field], now[field]].map((text) => text?.trim());
    if (mine.replaceAll('\r\n', '\n') === theirs) return [];
    return [{ name, now: cut(theirs) }];
  });
  const settlement = (typed.settlement || 'direct') !== now.settlement;
  return [
    ...fields,
    ...(settlement
      ? [{ name: 'Payments', now: now.settlement === 'held' ? 'held' : 'taken at once' }]
      : []),
    ...ofRows('field', 'What a row holds', typed, now),
    ...ofRows('plan', 'What it costs', typed, now),
  ];
}

function ofRows(kind: 'field' | 'plan', name: string, typed: Values, now: Values) {
  const [mine, theirs] = [typed, now].map((values) => linesOf(kind, values));
  return mine === theirs ? [] : [{ name, now: cut(theirs!) }];
}

function linesOf(kind: 'field' | 'plan', values: Values): string {
  const rows = rowsIn(values, kind).map((row) => {
    const part = (name: string) => values[`${kind}-${row}-${name}`] ?? '';
    if (kind === 'field') {
      return [part('name'), part('type'), part('unit'), part('description')]
        .filter(Boolean)
        .join(' ');
    }
    const isTimed = part('kind') === 'time' || part('kind') === 'trial';
    const price = part('amount') === '' ? part('kind') : `${part('amount')} ${part('currency')}`;
    const lasting = isTimed ? `${price} for ${part('count')} ${part('unit')}` : `${price} for good`;
    const opens = ['history', 'historyBlocks', 'machines', 'orders'].map(part);
    return [lasting, ...opens.filter((text) => !['', 'all', 'ordered'].includes(text))].join(', ');
  });
  return rows.join('; ');
}

function cut(text: string): string {
  if (text === '') return 'nothing';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} …` : text;
}
