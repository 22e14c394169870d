const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

// Of DejaVu Sans Bold, in em, rounded up. What is not named here is as wide as a sign of Chinese.
const WIDTHS: [RegExp, number][] = [
  [/^[ .,:;'’|!ijlIf()[\]]$/u, 0.46],
  [/^[mwMW@%&]$/u, 1.11],
  [/^[a-z0-9\p{Ll}]$/u, 0.72],
  [/^[\p{Lu}\p{P}\p{Sc}\p{Sm}]$/u, 0.84],
  [/^[\p{Script=Arabic}\p{Script=Hebrew}]$/u, 0.8],
];
const WIDEST = 1.1;

/**
 * Cuts a text into lines that are no wider than `width`, at spaces where there are some.
 *
 * @param width in em
 * @param most how many lines; a text that is longer ends in an ellipsis
 */
export function wrapText(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap((word) => pieces(word, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), ellipsis(lines.slice(most - 1).join(' '), width)];
}

function ellipsis(text: string, width: number): string {
  return `${pieces(text, width - WIDEST)[0]}…`;
}

/** A word that is too long for a line is cut between its signs. */
function pieces(word: string, width: number): string[] {
  const all: string[] = [''];
  for (const { segment } of graphemes.segment(word)) {
    if (widthOf(all.at(-1)! + segment) > width && all.at(-1) !== '') all.push('');
    all.push(all.pop()! + segment);
  }
  return all;
}

function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += WIDTHS.find(([shape]) => shape.test(segment))?.[1] ?? WIDEST;
  }
  return width;
}
