const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
const CONTROL_BUT_NEWLINE = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

const COLOUR = '\x1b\\[[\\d;]*m';
const CONTROL_BUT_OUR_OWN = new RegExp(`(?!\\n|${COLOUR})${CONTROL.source}`, 'gu');

/** What a terminal shows, whoever wrote it: lines and colours, and nothing else that it would obey. */
export const harmless = (text: string) => text.replace(CONTROL_BUT_OUR_OWN, '');

/** Somebody else's text on one line, without what a terminal would obey: sellers write titles. */
export const plainLine = (text: string) => text.replace(/\s+/g, ' ').replace(CONTROL, '').trim();

/** The same for several lines. */
export const plainText = (text: string) => text.replace(CONTROL_BUT_NEWLINE, '').trim();

/** Text broken between words into lines of at most `width` characters where the words allow it. */
export function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join('\n');
}
