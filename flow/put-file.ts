import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type DriveRequest, findDrive } from './find-drive.ts';
import { type Content, receiveFile } from './receive-file.ts';

/** Resolves with when a file's write was carried out; with null if that takes too long for so many bytes. */
export type UntilWritten = (writeId: bigint, bytes: number) => Promise<Date | null>;

export interface PutFileRequest extends DriveRequest {
  contentType: string;
  body: AsyncIterable<Uint8Array>;
}

export interface StoredFile extends Content {
  path: string;
  contentType: string;
  updatedAt: Date;
}

interface File extends Content {
  feedId: string;
  path: string;
  contentType: string;
}

/**
 * Puts a file into a hosted Hyperdrive. Its content waits in rows until all of it has come, so that nothing half ever
 * stands in the drive; then the seeder writes it. What the drive holds, or will hold once all that waits is written, is
 * not written again.
 */
export async function putFile(
  prisma: PrismaClient,
  untilWritten: UntilWritten,
  { contentType, body, ...request }: PutFileRequest,
): Promise<StoredFile | Refusal> {
  const drive = await findDrive(prisma, request);
  if (isRefusal(drive)) return drive;
  const { feedId, path } = drive;
  const { id } = await prisma.fileWrite.create({ data: { feedId, path, contentType } });
  const content = await receiveOrDrop(prisma, id, body);
  if (isRefusal(content)) return content;
  const updatedAt = await settle(prisma, untilWritten, id, { ...drive, contentType, ...content });
  if (updatedAt) return { path, contentType, ...content, updatedAt };
  return refuse('feed-not-ready', `"${path}" is stored, but not in the drive yet. Send it again.`);
}

async function receiveOrDrop(
  prisma: PrismaClient,
  id: bigint,
  body: AsyncIterable<Uint8Array>,
): Promise<Content | Refusal> {
  let content: Content | Refusal | undefined;
  try {
    content = await receiveFile(prisma, id, body);
    return content;
  } finally {
    if (!content || isRefusal(content)) await drop(prisma, id).catch(leaveToForget);
  }
}

async function settle(
  prisma: PrismaClient,
  untilWritten: UntilWritten,
  id: bigint,
  file: File,
): Promise<Date | null> {
  const { feedId, path, size, sha256 } = file;
  const waiting = await prisma.fileWrite.findFirst({
    where: { feedId, path, readyAt: { not: null }, writtenAt: null },
    orderBy: [{ readyAt: 'desc' }, { id: 'desc' }],
  });
  const held = waiting ?? (await prisma.driveFile.findFirst({ where: { feedId, path } }));
  if (held && isSame(held, file)) {
    await drop(prisma, id);
    return waiting ? untilWritten(waiting.id, size) : (held as { updatedAt: Date }).updatedAt;
  }
  await prisma.$executeRaw`
    UPDATE file_writes SET size = ${size}, sha256 = ${sha256}, ready_at = now() WHERE id = ${id}`;
  return untilWritten(id, size);
}

function isSame(
  held: { sha256: Uint8Array | null; contentType: string | null },
  { sha256, contentType }: File,
): boolean {
  const isSameContent = held.sha256 !== null && Buffer.compare(held.sha256, sha256) === 0;
  return isSameContent && held.contentType === contentType;
}

async function drop(prisma: PrismaClient, id: bigint): Promise<void> {
  await prisma.fileWrite.deleteMany({ where: { id, readyAt: null } });
}

function leaveToForget(): void {}
