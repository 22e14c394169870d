/** Rows of CSV (RFC 4180) out of pieces of text, however they are cut. */
export class CsvReader {
  #cell = '';
  #row: string[] = [];
  #state: 'start' | 'plain' | 'quoted' | 'quote' = 'start';
  #isFirst = true;
  #afterReturn = false;

  /** The rows that this piece of text completes. Empty lines are none. */
  push(text: string): string[][] {
    const rows: string[][] = [];
    const piece = this.#isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text;
    if (text !== '') this.#isFirst = false;
    for (const sign of piece) this.#take(sign, rows);
    return rows;
  }

  /** The last row, when no line feed ended it. */
  end(): string[][] {
    const rows: string[][] = [];
    if (this.#state !== 'start' || this.#row.length > 0) this.#endRow(rows);
    return rows;
  }

  #take(sign: string, rows: string[][]): void {
    const isSecondOfPair = this.#afterReturn && sign === '\n';
    this.#afterReturn = false;
    if (isSecondOfPair) return;
    if (this.#state === 'quoted') {
      if (sign === '"') this.#state = 'quote';
      else this.#cell += sign;
      return;
    }
    this.#afterReturn = sign === '\r';
    if (sign === ',') this.#endCell();
    else if (sign === '\n' || sign === '\r') this.#endRow(rows);
    else if (sign === '"' && this.#state !== 'plain') this.#quote();
    else {
      this.#state = 'plain';
      this.#cell += sign;
    }
  }

  // The second of two quotes within quotes is one that stands there.
  #quote(): void {
    if (this.#state === 'quote') this.#cell += '"';
    this.#state = 'quoted';
  }

  #endCell(): void {
    this.#row.push(this.#cell);
    this.#cell = '';
    this.#state = 'start';
  }

  #endRow(rows: string[][]): void {
    const isEmpty = this.#row.length === 0 && this.#cell === '' && this.#state === 'start';
    if (!isEmpty) {
      this.#endCell();
      rows.push(this.#row);
    }
    this.#row = [];
  }
}

/** The rows of a whole text. */
export function csvRows(text: string): string[][] {
  const reader = new CsvReader();
  return [...reader.push(text), ...reader.end()];
}
