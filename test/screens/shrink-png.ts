import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PALETTE = 3;
const CHANNELS: Record<number, number> = { 2: 3, 6: 4 };
const MAX_COLOURS = 256;
// Coarse enough that neighbours in an antialiased edge fall together, fine enough for paper and card to stay apart.
const STEP_BITS = [2, 3, 4, 5];

/** The picture with 256 colours at most: a third of the bytes, and screens of text lose nothing that is seen. */
export function shrinkPng(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === 'IHDR')!.data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = CHANNELS[header[9]!];
  if (!channels || header[8] !== 8 || header[12] !== 0) throw new Error('not a plain PNG');
  const packed = Buffer.concat(chunks.filter((c) => c.type === 'IDAT').map(({ data }) => data));
  const pixels = unfilter(inflateSync(packed), width, height, channels);
  const { palette, indexes } = quantize(pixels, width * height, channels);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const newHeader = Buffer.from(header);
  newHeader[9] = PALETTE;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', newHeader),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function quantize(pixels: Buffer, count: number, channels: number) {
  for (const bits of STEP_BITS) {
    const known = new Map<number, number>();
    const colours: number[] = [];
    const indexes = Buffer.alloc(count);
    for (let at = 0, from = 0; at < count; at += 1, from += channels) {
      const [r, g, b] = [pixels[from]!, pixels[from + 1]!, pixels[from + 2]!];
      const bucket = ((r >> bits) << 16) | ((g >> bits) << 8) | (b >> bits);
      let index = known.get(bucket);
      if (index === undefined) {
        index = known.size;
        known.set(bucket, index);
        // The first of its bucket stands for it: paper and ink come before the shades between them.
        colours.push(r, g, b);
        if (index === MAX_COLOURS) break;
      }
      indexes[at] = index;
    }
    if (known.size <= MAX_COLOURS) return { palette: Buffer.from(colours), indexes };
  }
  throw new Error('more colours than a page has');
}

/** Undoes the filters of rows (PNG 1.2, chapter 6). */
function unfilter(data: Buffer, width: number, height: number, channels: number): Buffer {
  const stride = width * channels;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)]!;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= channels ? out[at - channels]! : 0;
      const up = y > 0 ? out[at - stride]! : 0;
      const corner = x >= channels && y > 0 ? out[at - stride - channels]! : 0;
      out[at] = data[y * (stride + 1) + 1 + x]! + predict(filter, left, up, corner);
    }
  }
  return out;
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
