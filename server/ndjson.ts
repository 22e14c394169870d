const MAX_BLOCKS = 10_000;
const MAX_BLOCK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Cuts a body into its lines, each a JSON value of UTF-8; a fault names the line, counted from 1. */
export function splitNdjson(body: Buffer): { blocks: Buffer[] } | { fault: string } {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const blocks: Buffer[] = [];
  let line = 0;
  for (let start = 0; start < body.length; ) {
    const newline = body.indexOf(NEWLINE, start);
    const end = newline === -1 ? body.length : newline;
    const block = body.subarray(start, end);
    start = end + 1;
    line++;
    if (block.length === 0) continue;
    if (block.length > MAX_BLOCK_BYTES) return { fault: `line ${line} is larger than 1 MiB` };
    if (blocks.length === MAX_BLOCKS)
      return { fault: `more than ${MAX_BLOCKS} lines: send several batches` };
    try {
      JSON.parse(utf8.decode(block));
    } catch {
      return { fault: `line ${line} is not a JSON value in UTF-8` };
    }
    blocks.push(block);
  }
  return blocks.length > 0 ? { blocks } : { fault: 'there is no line in the body' };
}
