import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { FILE_CHUNK_BYTES } from '../protocol/file-chunks.ts';

const MAX_FILE_BYTES = 16 * 1024 ** 3;

/** What a file holds: how many bytes, and their SHA-256. */
export interface Content {
  size: number;
  sha256: Uint8Array<ArrayBuffer>;
}

/** Keeps a file's content in rows as it comes in, no more than one of them in memory. */
export async function receiveFile(
  prisma: PrismaClient,
  writeId: bigint,
  body: AsyncIterable<Uint8Array>,
): Promise<Content | Refusal> {
  const hash = createHash('sha256');
  let size = 0;
  let part = 0;
  for await (const payload of chunksOf(body)) {
    size += payload.byteLength;
    if (size > MAX_FILE_BYTES) {
      return refuse('file-too-large', `A file holds at most ${MAX_FILE_BYTES} bytes.`);
    }
    hash.update(payload);
    await prisma.fileChunk.createMany({ data: { writeId, part, payload } });
    part += 1;
  }
  return { size, sha256: Uint8Array.from(hash.digest()) };
}

async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let chunk = new Uint8Array(FILE_CHUNK_BYTES);
  let filled = 0;
  for await (const piece of body) {
    for (let from = 0; from < piece.byteLength; ) {
      const some = piece.subarray(from, from + FILE_CHUNK_BYTES - filled);
      chunk.set(some, filled);
      filled += some.byteLength;
      from += some.byteLength;
      if (filled < FILE_CHUNK_BYTES) continue;
      yield chunk;
      chunk = new Uint8Array(FILE_CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
