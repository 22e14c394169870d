import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { EXIT } from '../exit-codes.ts';
import { Failure, fileFault } from '../failure.ts';

/** A certificate or macaroon file as base64, which is how ln-service takes them. @throws Failure */
export async function readCredential(path: string): Promise<string> {
  const expanded = path.replace(/^~(?=\/)/, homedir());
  try {
    return await readFile(expanded, 'base64');
  } catch (error) {
    throw new Failure(
      EXIT.notPaid,
      'no-credential',
      `the wallet's ${path} cannot be read (${fileFault(error)})`,
    );
  }
}
