import { stat } from 'node:fs/promises';
import { type FileToPut, filesUnder, type PutOptions, putFiles } from './put-files.ts';
import { watch } from './watch.ts';

/** A file is put when nobody has written to it for so long. */
const STEADY_MS = 1_000;

/** Puts the files of a folder into a drive whenever they change, until the signal. @throws Failure */
export async function watchFiles(options: PutOptions, folder: string): Promise<void> {
  const put = new Map<string, string>();
  const scan = async () => {
    const changed: FileToPut[] = [];
    const states = new Map<string, string>();
    for (const found of await filesUnder([folder])) {
      const state = await steadyState(found.file);
      if (state === null || put.get(found.file) === state) continue;
      states.set(found.file, state);
      changed.push(found);
    }
    if (changed.length === 0) return;
    await putFiles(options, changed);
    // Written to meanwhile, a file is not what its state says: it is put again.
    for (const [file, state] of states) put.set(file, state);
  };
  await watch(folder, scan, options.signal);
}

/** null while it is written to, and when it is gone. */
async function steadyState(file: string): Promise<string | null> {
  const state = await stat(file).catch(() => null);
  if (!state || Date.now() - state.mtimeMs < STEADY_MS) return null;
  return `${state.ino} ${state.size} ${state.mtimeMs}`;
}
