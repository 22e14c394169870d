import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory that is gone after the test, or the file. */
export async function temporaryDirectory(t: {
  after(done: () => Promise<void>): void;
}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'dazaar-buyer-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}
