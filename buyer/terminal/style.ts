import type { WriteStream } from 'node:tty';

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
} as const;

type StyleName = keyof typeof CODES;
export type Style = Record<StyleName, (text: string) => string> & { readonly isOn: boolean };

type Output = Pick<WriteStream, 'isTTY'>;

/** Colours for an output: none unless it is a terminal and NO_COLOR is unset or empty. */
export function styleFor(
  output: Output,
  env: Record<string, string | undefined> = process.env,
): Style {
  const on = Boolean(output.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb';
  const style = (name: StyleName) => (text: string) => {
    const [start, end] = CODES[name];
    return on ? `\x1b[${start}m${text}\x1b[${end}m` : text;
  };
  return {
    isOn: on,
    bold: style('bold'),
    dim: style('dim'),
    green: style('green'),
    yellow: style('yellow'),
    red: style('red'),
  };
}
