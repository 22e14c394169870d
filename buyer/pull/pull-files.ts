import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type Hyperdrive from 'hyperdrive';
import type { BlobId, FileEntry } from 'hyperdrive';
import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { Failure, systemCode, unwritable } from '../failure.ts';
import { replaceFile } from '../files.ts';
import { NOTE_NAME, PART_NAME, placeOf } from './drive-path.ts';
import type { Watch } from './watch.ts';

const NOTE_INTERVAL_MS = 1_000;
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;

const noteShape = z.object({
  version: z.literal(1),
  listing: z.string(),
  coreKey: z.string(),
  /** Which contents each file was written with. */
  files: z.record(z.string(), z.string()),
});
type Note = z.infer<typeof noteShape>;

export interface FilesPulling {
  drive: Hyperdrive;
  watch: Watch;
  directory: string;
  listing: string;
  coreKey: string;
  overwrite: boolean;
  onProgress: (files: number, bytes: number) => void;
}

export interface FilesPulled {
  files: number;
  bytes: number;
  /** Paths that no file was written for: links, and names that a disk could not hold. */
  skipped: string[];
}

/**
 * Writes a drive's files into a directory, each whole or not at all. Those that an earlier pull wrote and that are as they
 * were are not fetched again; files that the drive has no more stay.
 */
export async function pullFiles(pulling: FilesPulling): Promise<FilesPulled> {
  const { drive, watch, directory, onProgress } = pulling;
  const note = await openDirectory(pulling);
  const pulled: FilesPulled = { files: 0, bytes: 0, skipped: [] };
  let notedAtMs = Date.now();
  try {
    for await (const entry of watch.over(drive.entries())) {
      const place = placeOf(directory, entry.key);
      const { blob } = entry.value;
      if (!place || !blob) {
        pulled.skipped.push(entry.key);
        continue;
      }
      const contents = contentsOf(blob);
      if (note.files[entry.key] === contents && (await sizeOf(place)) === blob.byteLength) continue;
      await writeFile(pulling, entry, place);
      note.files[entry.key] = contents;
      pulled.files += 1;
      pulled.bytes += blob.byteLength;
      onProgress(pulled.files, pulled.bytes);
      if (Date.now() - notedAtMs < NOTE_INTERVAL_MS) continue;
      notedAtMs = Date.now();
      await writeNote(directory, note);
    }
  } finally {
    await writeNote(directory, note);
  }
  return pulled;
}

async function writeFile(
  { drive, watch, directory }: FilesPulling,
  { value }: FileEntry,
  place: string,
): Promise<void> {
  const part = join(directory, PART_NAME);
  const blobs = await watch.of(drive.getBlobs());
  try {
    await mkdir(dirname(place), { recursive: true });
    await using file = await open(part, 'w', FILE_MODE);
    for await (const chunk of watch.over(blobs.createReadStream(value.blob!))) {
      await file.write(chunk);
    }
    await file.datasync();
    if (value.executable) await chmod(part, PROGRAM_MODE);
    await rename(part, place);
  } catch (error) {
    await rm(part, { force: true });
    const code = systemCode(error);
    if (!code || !/^E[A-Z]+$/.test(code)) throw error;
    throw unwritable(place, error, '; a pull goes on where it stopped');
  }
}

/** The note of an earlier pull into the directory, or a new one into an empty directory. @throws Failure */
async function openDirectory(pulling: FilesPulling): Promise<Note> {
  const { directory, listing, coreKey, overwrite } = pulling;
  const fresh: Note = { version: 1, listing, coreKey, files: {} };
  const names = await readdir(directory).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw inTheWay('not-a-directory', `${directory} is no directory that can be read`);
  });
  if (names === null) await mkdir(directory, { recursive: true });
  const isEmpty = names === null || names.every((name) => name === PART_NAME);
  if (isEmpty || overwrite) return fresh;
  const text = await readFile(join(directory, NOTE_NAME), 'utf8').catch(() => null);
  const note = noteShape.safeParse(parseJson(text)).data;
  if (!note) throw inTheWay('directory-not-empty', `${directory} holds what no pull wrote`);
  if (note.coreKey !== coreKey) {
    throw inTheWay('other-feed', `${directory} holds the files of ${note.listing}`);
  }
  return note;
}

function writeNote(directory: string, note: Note): Promise<void> {
  return replaceFile(join(directory, NOTE_NAME), `${JSON.stringify(note)}\n`);
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : null;
}

function contentsOf({ blockOffset, byteOffset, byteLength }: BlobId): string {
  return `${blockOffset} ${byteOffset} ${byteLength}`;
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

const inTheWay = (code: string, message: string) =>
  new Failure(EXIT.local, code, message, 'give another --out, or write into it with --overwrite');
