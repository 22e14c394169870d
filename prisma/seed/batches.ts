const MAX_BLOCKS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** Blocks as NDJSON bodies within the market's bounds for one append; the same blocks give the same batches. */
export function* batchesOf(blocks: readonly string[]): Generator<string> {
  let lines: string[] = [];
  let bytes = 0;
  for (const block of blocks) {
    const line = `${block}\n`;
    const lineBytes = Buffer.byteLength(line);
    if (lines.length === MAX_BLOCKS || (lines.length > 0 && bytes + lineBytes > MAX_BYTES)) {
      yield lines.join('');
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += lineBytes;
  }
  if (lines.length > 0) yield lines.join('');
}
