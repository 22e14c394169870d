import type { PullProgress } from '../pull/pull.ts';
import { byteSize, count, duration } from './amounts.ts';

const MAX_WIDTH = 80;
const MAX_BAR = 30;
const MIN_BAR = 5;
const ERASE_LINE = '\r\x1b[2K';
const FULL = '█';
const EMPTY = '░';

interface Terminal {
  columns?: number;
  write(text: string): unknown;
}

/** One line on a terminal that is drawn over itself while a pull goes on. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #title: string;
  readonly #startedAtMs: number;
  readonly #noun: string;
  #first: PullProgress | null = null;

  /** @param noun what is counted where no end is known */
  constructor(terminal: Terminal, title: string, nowMs: number, noun = 'blocks') {
    this.#noun = noun;
    this.#terminal = terminal;
    this.#title = title;
    this.#startedAtMs = nowMs;
  }

  draw(progress: PullProgress, nowMs: number): void {
    this.#first ??= progress;
    // The last column stays free: writing there makes some terminals wrap.
    const width = Math.min(this.#terminal.columns ?? MAX_WIDTH, MAX_WIDTH) - 1;
    const seconds = Math.max(nowMs - this.#startedAtMs, 1) / 1000;
    const facts = factsOf(progress, this.#first, seconds, nowMs, this.#noun);
    this.#terminal.write(ERASE_LINE + layout(this.#title, progress, facts, width));
  }

  clear(): void {
    if (this.#first) this.#terminal.write(ERASE_LINE);
  }
}

function factsOf(
  progress: PullProgress,
  first: PullProgress,
  seconds: number,
  nowMs: number,
  noun: string,
) {
  const { next, end, bytes, connected, expiresAtLocalMs } = progress;
  const done = end === null ? `${count(next)} ${noun}` : `${count(next)}/${count(end)}`;
  // Padded to what they can become, so that the bar keeps its length.
  const facts = [end === null ? done : done.padStart(2 * count(end).length + 1)];
  if (!connected) return [...facts, 'looking for a seeder'];
  if (end === null) facts.push(`${((next - first.next) / seconds).toFixed(1)}/s`);
  else facts.push(`${byteSize(bytes / seconds).padStart(7)}/s`);
  if (expiresAtLocalMs !== null)
    facts.push(`ends in ${duration(expiresAtLocalMs - nowMs)}`.padEnd(15));
  return facts;
}

function layout(title: string, progress: PullProgress, facts: string[], width: number): string {
  const text = facts.join('  ');
  const barWidth = Math.min(MAX_BAR, width - title.length - text.length - '    100%  '.length);
  if (progress.end === null || barWidth < MIN_BAR) return `${title}  ${text}`.slice(0, width);
  const share = progress.end === 0 ? 1 : progress.next / progress.end;
  const filled = Math.floor(share * barWidth);
  const bar = FULL.repeat(filled) + EMPTY.repeat(barWidth - filled);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `${title}  ${bar} ${percent}  ${text}`;
}
