import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory within a temporary one, and lets PostgreSQL's account into both: its data would lie elsewhere
 * otherwise, and outlast them.
 */
export async function openToPostgres(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const each of [dirname(directory), directory]) await chmod(each, 0o711);
}
