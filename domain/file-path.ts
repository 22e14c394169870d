const MAX_PATH_BYTES = 1_024;
const MAX_NAME_BYTES = 255;

/**
 * A file's path in a drive as it is kept: absolute, each of its names as it stands. Null for one that could be read in
 * two ways or not be stored: with `.`, `..` or an empty name, a backslash, a control character, or too long (1,024 bytes
 * of UTF-8, 255 a name).
 */
export function filePath(names: string): string | null {
  const path = `/${names}`;
  const fits = Buffer.byteLength(path) <= MAX_PATH_BYTES && path.isWellFormed();
  return fits && names.split('/').every(isName) ? path : null;
}

function isName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return !/[\u0000-\u001f\u007f\\]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}
