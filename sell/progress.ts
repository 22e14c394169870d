import { byteSize, count } from '../buyer/terminal/amounts.ts';
import type { Console } from '../buyer/terminal/console.ts';
import type { Loaded } from './append/load.ts';

const ERASE_LINE = '\r\x1b[2K';

/** One line on a terminal that says how much has come to a feed; silent in a pipe and with `--json`. */
export class LoadProgress {
  readonly #console: Console;
  readonly #title: string;

  constructor(console: Console, title: string) {
    this.#console = console;
    this.#title = title;
  }

  draw(loaded: Loaded): void {
    this.#write(`${ERASE_LINE}${this.#title}  ${amountOf(loaded)}`);
  }

  clear(): void {
    this.#write(ERASE_LINE);
  }

  #write(text: string): void {
    const { err, json } = this.#console;
    if (err.isTTY && !json) err.write(text);
  }
}

/** How much came to a feed: "8,000 blocks, 1.2 MB". */
export function amountOf({ blocks, bytes, files }: Loaded): string {
  const parts = [blocks > 0 && plural(blocks, 'block'), files > 0 && plural(files, 'file')];
  const counted = parts.filter((part) => part !== false);
  return counted.length === 0 ? 'nothing new' : `${counted.join(', ')}, ${byteSize(bytes)}`;
}

const plural = (value: number, noun: string) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
