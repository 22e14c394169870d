import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createFile, replaceFile } from '../files.ts';

const DEVICE = /^[0-9a-f]{32}$/;

/** What this machine is told apart by from others with the same key: 16 bytes in hex, made once and kept at `path`. */
export async function deviceId(path: string): Promise<string> {
  const known = await read(path);
  if (known !== null && DEVICE.test(known)) return known;
  const fresh = randomBytes(16).toString('hex');
  if (known !== null) await replaceFile(path, `${fresh}\n`);
  else if (!(await createFile(path, `${fresh}\n`))) return deviceId(path);
  return fresh;
}

async function read(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : text.trim();
}
