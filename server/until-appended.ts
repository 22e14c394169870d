import type { Announcements } from '../boot/announcements.ts';
import type { UntilWritten } from '../flow/put-file.ts';
import type { UntilAppended } from '../flow/store-part.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { untilFound } from './until-found.ts';

const WAIT_MS = 20_000;
const WRITTEN_BYTES_PER_MS = 2 * 1024;

/** Waits for a part of a batch to stand in its core, for 20 s at most. */
export function untilAppendedWith(prisma: PrismaClient, appended: Announcements): UntilAppended {
  return (seq) =>
    untilFound(appended, seq.toString(), WAIT_MS, async () => {
      const row = await prisma.appendBatch.findFirst({
        where: { seq, appendedAt: { not: null } },
        select: { firstIndex: true, endIndex: true },
      });
      return row && { firstIndex: Number(row.firstIndex), endIndex: Number(row.endIndex) };
    });
}

/** Waits for a file to stand in its drive: 20 s, and longer for a large one. */
export function untilWrittenWith(prisma: PrismaClient, written: Announcements): UntilWritten {
  return (id, bytes) =>
    untilFound(written, id.toString(), WAIT_MS + bytes / WRITTEN_BYTES_PER_MS, async () => {
      const row = await prisma.fileWrite.findFirst({
        where: { id, writtenAt: { not: null } },
        select: { writtenAt: true },
      });
      return row?.writtenAt ?? null;
    });
}
