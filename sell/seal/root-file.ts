import { randomBytes } from 'node:crypto';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';
import { createFile } from '../../buyer/files.ts';
import { readOrNull } from '../shop-files.ts';

const ROOT_BYTES = 32;

/** Makes the secret that all keys of a seller's sealed feeds follow from, in a file that nobody else reads. @throws Failure */
export async function makeRoot(path: string): Promise<void> {
  if (await createFile(path, `${randomBytes(ROOT_BYTES).toString('hex')}\n`)) return;
  throw new Failure(
    EXIT.local,
    'root-exists',
    `${path} is there already`,
    'what was sealed with the root in it needs it: name another file',
  );
}

/** @throws Failure when there is none in the file */
export async function readRoot(path: string): Promise<Buffer> {
  const hex = (await readOrNull(path))?.trim() ?? '';
  if (/^[0-9a-f]{64}$/.test(hex)) return Buffer.from(hex, 'hex');
  throw new Failure(
    EXIT.local,
    'no-root',
    `${path} does not hold the root of sealed feeds`,
    `make one with dazaar seal root ${path}`,
  );
}
