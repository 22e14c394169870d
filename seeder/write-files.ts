import type Hyperdrive from 'hyperdrive';
import type { BlobId, FileValue } from 'hyperdrive';
import type { Logger } from 'pino';
import type { Prisma, PrismaClient } from '../prisma/client/client.ts';
import { BLOB_BLOCK_BYTES, FILE_CHUNK_BYTES } from '../protocol/file-chunks.ts';
import type { Feed, Feeds } from './feeds.ts';
import { recordLengths } from './record-lengths.ts';
import type { Refill } from './refill.ts';

const WRITES_PER_READ = 100;
const BLOCKS_PER_CHUNK = FILE_CHUNK_BYTES / BLOB_BLOCK_BYTES;

type Drive = Extract<Feed, { kind: 'hyperdrive' }>;

interface FileWrite {
  id: bigint;
  feedId: string;
  path: string;
  deletes: boolean;
  contentType: string | null;
  size: bigint | null;
  sha256: Uint8Array | null;
  blobIndex: bigint | null;
}

/**
 * Writes sellers' files into the drives, one after another a drive. Where a file's blocks will stand among the blobs is
 * committed before the first is appended, and no other file is begun before it is finished: so after a crash the length
 * of the blobs core tells how much of it is there. Its entry is put last, and once.
 */
export class FileWriter {
  readonly #prisma: PrismaClient;
  readonly #feeds: Feeds;
  readonly #refill: Pick<Refill, 'isWhole'>;
  readonly #log: Logger;
  readonly #stopped = new Set<string>();

  constructor(prisma: PrismaClient, feeds: Feeds, refill: Pick<Refill, 'isWhole'>, log: Logger) {
    this.#prisma = prisma;
    this.#feeds = feeds;
    this.#refill = refill;
    this.#log = log;
  }

  /** Writes every whole file of the drives written here, in the order in which they became whole. */
  async step(): Promise<void> {
    const waiting = new Set<string>();
    const isOpen = (feedId: string) => !this.#stopped.has(feedId) && !waiting.has(feedId);
    for (;;) {
      const writes = await this.#pending(this.#feeds.written.filter(isOpen));
      if (writes.length === 0) return;
      for (const write of writes) {
        if (isOpen(write.feedId) && !(await this.#carryOut(write))) waiting.add(write.feedId);
      }
    }
  }

  #pending(feedIds: readonly string[]): Promise<FileWrite[]> {
    return this.#prisma.$queryRaw<FileWrite[]>`
      SELECT id, feed_id::text AS "feedId", path, deletes, content_type AS "contentType", size, sha256,
             blob_index AS "blobIndex"
      FROM file_writes
      WHERE written_at IS NULL AND ready_at IS NOT NULL AND feed_id = ANY(${feedIds}::uuid[])
      ORDER BY blob_index IS NULL, ready_at, id LIMIT ${WRITES_PER_READ}`;
  }

  /** Carries a write out, or stops its drive; false when the drive has to be made whole first. */
  async #carryOut(write: FileWrite): Promise<boolean> {
    const feed = this.#feeds.feed(write.feedId)!;
    if (feed.kind !== 'hyperdrive') this.#stop(write, 'the feed is no Hyperdrive');
    else if (!(await this.#isWhole(feed))) return false;
    else if (await this.#apply(feed, write)) await this.#finish(feed, write);
    return true;
  }

  async #apply(feed: Drive, write: FileWrite): Promise<boolean> {
    if (!write.deletes) return this.#write(feed, write);
    await remove(feed.drive, write.path);
    return true;
  }

  async #write(feed: Drive, write: FileWrite): Promise<boolean> {
    const size = Number(write.size);
    const blobIndex = Number(write.blobIndex ?? (await this.#claim(feed, write)));
    const end = blobIndex + Math.ceil(size / BLOB_BLOCK_BYTES);
    if (feed.blobs.length < blobIndex || feed.blobs.length > end) {
      this.#stop(
        write,
        `its blocks were to stand at ${blobIndex}, but there are ${feed.blobs.length}`,
      );
      return false;
    }
    while (feed.blobs.length < end) {
      const blocks = await this.#blocks(write.id, feed.blobs.length - blobIndex);
      if (blocks.length === 0) {
        this.#stop(write, 'a part of it is missing');
        return false;
      }
      await feed.blobs.append(blocks);
    }
    const byteOffset = feed.blobs.byteLength - size;
    await put(feed.drive, write, {
      blockOffset: blobIndex,
      blockLength: end - blobIndex,
      byteOffset,
      byteLength: size,
    });
    return true;
  }

  async #claim({ blobs }: Drive, { id }: FileWrite): Promise<number> {
    const blobIndex = blobs.length;
    await this.#prisma.fileWrite.update({ where: { id }, data: { blobIndex } });
    return blobIndex;
  }

  // A chunk's blocks are appended together, but what stands in the core is believed, not what should.
  async #blocks(writeId: bigint, from: number): Promise<Uint8Array[]> {
    const part = Math.floor(from / BLOCKS_PER_CHUNK);
    const chunk = await this.#prisma.fileChunk.findUnique({
      where: { writeId_part: { writeId, part } },
      select: { payload: true },
    });
    return chunk ? blocksOf(chunk.payload).slice(from % BLOCKS_PER_CHUNK) : [];
  }

  async #isWhole({ id, cores }: Drive): Promise<boolean> {
    const recorded = await this.#prisma.feedCore.findMany({ where: { feedId: id } });
    const whole = recorded.map(({ key, length }) => {
      const core = cores.find((each) => each.key.equals(key))!;
      return this.#refill.isWhole(id, core, Number(length));
    });
    return whole.every(Boolean);
  }

  async #finish(feed: Drive, write: FileWrite): Promise<void> {
    const { id } = write;
    await this.#prisma.$transaction([
      this.#prisma.$executeRaw`UPDATE file_writes SET written_at = now() WHERE id = ${id}`,
      this.#prisma.fileChunk.deleteMany({ where: { writeId: id } }),
      this.#list(write),
      recordLengths(this.#prisma, feed.cores.map(lengthOf)),
    ]);
  }

  #list({
    feedId,
    path,
    deletes,
    contentType,
    size,
    sha256,
  }: FileWrite): Prisma.PrismaPromise<unknown> {
    if (deletes) return this.#prisma.driveFile.deleteMany({ where: { feedId, path } });
    return this.#prisma.$executeRaw`
      INSERT INTO drive_files (feed_id, path, size, sha256, content_type)
      VALUES (${feedId}::uuid, ${path}, ${size}, ${sha256}, ${contentType})
      ON CONFLICT (feed_id, path) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256,
        content_type = excluded.content_type, updated_at = now()`;
  }

  #stop({ id, feedId, path }: FileWrite, why: string): void {
    this.#stopped.add(feedId);
    this.#log.error({ feedId, id, path, why }, 'writes nothing more to this drive until looked at');
  }
}

async function remove(drive: Hyperdrive, path: string): Promise<void> {
  if (await drive.entry(path)) await drive.del(path);
}

async function put(drive: Hyperdrive, write: FileWrite, blob: BlobId): Promise<void> {
  const sha256 = Buffer.from(write.sha256!).toString('hex');
  const metadata = { contentType: write.contentType, sha256 };
  const value: FileValue = { executable: false, linkname: null, blob, metadata };
  const known = await drive.entry(write.path);
  if (JSON.stringify(known?.value) !== JSON.stringify(value))
    await drive.putEntry(write.path, value);
}

function lengthOf({ key, length, byteLength }: Drive['core']) {
  return { key: key.toString('hex'), length, byteLength };
}

function blocksOf(chunk: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < chunk.byteLength; start += BLOB_BLOCK_BYTES) {
    blocks.push(chunk.subarray(start, start + BLOB_BLOCK_BYTES));
  }
  return blocks;
}
