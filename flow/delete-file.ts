import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type DriveRequest, findDrive } from './find-drive.ts';
import type { UntilWritten } from './put-file.ts';

/** Deletes a file of a hosted Hyperdrive, one that waits to be written too. */
export async function deleteFile(
  prisma: PrismaClient,
  untilWritten: UntilWritten,
  request: DriveRequest,
): Promise<Refusal | null> {
  const drive = await findDrive(prisma, request);
  if (isRefusal(drive)) return drive;
  const { feedId, path } = drive;
  const waiting = await prisma.fileWrite.count({
    where: { feedId, path, readyAt: { not: null }, writtenAt: null },
  });
  const held = await prisma.driveFile.count({ where: { feedId, path } });
  if (waiting + held === 0) return refuse('file-not-found', `There is no file "${path}".`);
  const [write] = await prisma.$queryRaw<[{ id: bigint }]>`
    INSERT INTO file_writes (feed_id, path, deletes, ready_at)
    VALUES (${feedId}::uuid, ${path}, true, now()) RETURNING id`;
  if (await untilWritten(write.id, 0)) return null;
  return refuse('feed-not-ready', `"${path}" will be deleted, but is in the drive yet.`);
}
