import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './failure.ts';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIR = 0o700;

/** Writes the whole file or nothing of it, readable by the owner only; replaces what was there. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = await writeBeside(path, text);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Like {@link replaceFile}, but leaves an existing file alone and returns false. */
export async function createFile(path: string, text: string): Promise<boolean> {
  const temporary = await writeBeside(path, text);
  try {
    await link(temporary, path);
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeBeside(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_DIR });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await using file = await open(temporary, 'wx', OWNER_ONLY_FILE);
    await file.writeFile(text);
    await file.sync();
    return temporary;
  } catch (error) {
    // On a full disk it would take the room that there is.
    await rm(temporary, { force: true });
    throw error;
  }
}

// Without it the new name may not survive a power cut.
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
