import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Format } from './format.ts';

/** What the command line asks for. */
export interface Wanted {
  listing: string;
  coreKey: string;
  format: Format;
  from: number | undefined;
  /** Where a new file begins when nothing is asked for: the first block that the access covers; left out: 0. */
  fromBlock?: number;
  overwrite: boolean;
}

/** What lies on the disk: the file's size (null: no file) and the note beside it. */
export interface Found {
  fileBytes: number | null;
  checkpoint: Checkpoint | null;
}

/**
 * Where in a file to go on: the checkpoint to cut it back to, its `next` the first block to fetch.
 *
 * @throws Failure when going on would tear, repeat, skip or mix blocks, or would destroy what no pull wrote.
 */
export function resumeFrom(file: string, wanted: Wanted, found: Found): Checkpoint {
  const { listing, coreKey, format, from = wanted.fromBlock ?? 0 } = wanted;
  const fresh: Checkpoint = { version: 1, listing, coreKey, format, from, next: from, bytes: 0 };
  if (wanted.overwrite || found.fileBytes === null) return fresh;
  const { checkpoint, fileBytes } = found;
  if (checkpoint === null) {
    if (fileBytes === 0) return fresh;
    throw inTheWay('file-exists', `${file} exists and is not from an earlier pull`);
  }
  if (checkpoint.coreKey !== coreKey) {
    throw inTheWay('other-feed', `${file} holds blocks of another feed (${checkpoint.listing})`);
  }
  if (checkpoint.format !== format) {
    throw inTheWay('other-format', `${file} is in the format ${checkpoint.format}`);
  }
  if (wanted.from !== undefined && from !== checkpoint.from && from !== checkpoint.next) {
    throw inTheWay(
      'other-range',
      `${file} holds blocks ${checkpoint.from} to ${checkpoint.next}; --from ${from} does not fit on`,
    );
  }
  if (fileBytes < checkpoint.bytes) {
    throw inTheWay('file-cut', `${file} is shorter than what was pulled into it`);
  }
  return checkpoint;
}

const inTheWay = (code: string, message: string) =>
  new Failure(EXIT.local, code, message, 'give another --out, or start anew with --overwrite');
