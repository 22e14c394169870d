import type { WriteStream } from 'node:tty';
import { type Style, styleFor } from './style.ts';
import { harmless } from './text.ts';

const DEFAULT_WIDTH = 80;

/** The command's outputs: results on stdout (text, or JSON a line with `--json`), everything else on stderr. */
export class Console {
  readonly json: boolean;
  readonly out: WriteStream;
  readonly err: WriteStream;
  readonly style: Style;

  constructor(json: boolean, out: WriteStream = process.stdout, err: WriteStream = process.stderr) {
    this.json = json;
    this.out = out;
    this.err = err;
    this.style = styleFor(out);
  }

  /** How wide lines may be; undefined in a pipe, where nothing is cut. */
  get width(): number | undefined {
    return this.out.isTTY ? (this.out.columns ?? DEFAULT_WIDTH) : undefined;
  }

  /** A result for people; nothing with `--json`. */
  line(text = ''): void {
    if (!this.json) this.out.write(`${harmless(text)}\n`);
  }

  /** A result for programs; nothing without `--json`. */
  data(value: unknown): void {
    if (this.json) this.out.write(`${JSON.stringify(value)}\n`);
  }

  /** Something worth knowing on the side; silent in a pipe and with `--json`. */
  note(text: string): void {
    if (!this.json && this.err.isTTY) this.err.write(`${harmless(text)}\n`);
  }
}
