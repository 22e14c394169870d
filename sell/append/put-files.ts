import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure, fileFault } from '../../buyer/failure.ts';
import type { driveFile } from '../../contract/index.ts';
import type { SellerClient } from '../seller-client.ts';

type DriveFile = z.infer<typeof driveFile>;

/** A file on this machine, and its path in the drive. */
export interface FileToPut {
  file: string;
  path: string;
}

export interface PutOptions {
  client: SellerClient;
  slug: string;
  signal: AbortSignal;
  onPut: (put: { path: string; bytes: number }) => void;
}

/**
 * What files and folders hold: of a folder, all that lies in it, by its path there. What begins with a dot is passed over,
 * and so are links.
 *
 * @throws Failure
 */
export async function filesUnder(paths: readonly string[]): Promise<FileToPut[]> {
  const found = await Promise.all(paths.map((path) => filesAt(resolve(path))));
  return found.flat();
}

async function filesAt(path: string): Promise<FileToPut[]> {
  const state = await stat(path).catch((error) => {
    throw new Failure(EXIT.local, 'unreadable', `${path} cannot be read (${fileFault(error)})`);
  });
  return state.isDirectory() ? filesIn(path, '') : [{ file: path, path: basename(path) }];
}

async function filesIn(folder: string, prefix: string): Promise<FileToPut[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = await Promise.all(
    shown.map(async (entry) => {
      const place = { file: join(folder, entry.name), path: prefix + entry.name };
      if (entry.isDirectory()) return filesIn(place.file, `${place.path}/`);
      return entry.isFile() ? [place] : [];
    }),
  );
  return found.flat();
}

/** Puts those files into a drive that are not there as they are. @throws Failure */
export async function putFiles(options: PutOptions, files: readonly FileToPut[]): Promise<void> {
  const { client, slug, signal, onPut } = options;
  const there = new Map<string, DriveFile>();
  for await (const file of client.files(slug)) there.set(file.path, file);
  for (const { file, path } of files) {
    if (signal.aborted) return;
    const known = there.get(`/${path}`);
    const { size = null } = (await stat(file).catch(() => null)) ?? {};
    if (size === null) continue;
    if (known?.size === size && known.sha256 === (await sha256Of(file))) continue;
    const put = await client.putFile(slug, path, file);
    onPut({ path: put.path, bytes: put.size });
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
