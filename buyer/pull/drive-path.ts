import { join, sep } from 'node:path';

/** What a pull keeps in the directory for itself. */
export const NOTE_NAME = '.dazaar.json';
export const PART_NAME = '.dazaar.part';

/**
 * Where a file of a drive goes on the disk; null when its path would lead out of the directory, into what a pull keeps
 * there, or to no file at all: sellers write paths.
 */
export function placeOf(directory: string, path: string): string | null {
  const names = path.replace(/^\//, '').split('/');
  const isName = (name: string) =>
    name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && !name.includes(sep);
  if (!path.startsWith('/') || !names.every(isName)) return null;
  if (sep === '\\' && names.some((name) => name.includes(':'))) return null;
  const [first] = names;
  return first === NOTE_NAME || first === PART_NAME ? null : join(directory, ...names);
}
