import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import type { Request, Response } from 'express';
import { SENT } from '../../http/operate.ts';
import { closeIfUnread, readBody } from '../../http/upload.ts';
import type { Csrf } from './csrf.ts';

const LIMITS = { fieldNameSize: 100, fieldSize: 2_000, fields: 20, files: 1_000, parts: 1_020 };

/** A file of a form, as it comes in. It has to be read, or the next one does not come. */
export interface FormFile {
  name: string;
  type: string;
  content: Readable;
}

export interface FormWithFiles {
  /** What stands ahead of the first file. */
  fields: Record<string, string>;
  files: AsyncIterable<FormFile>;
}

type Part = { field: string; value: string } | FormFile;

/**
 * Opens a form with files (multipart/form-data): its fields have been read up to the first file, and the browser's
 * token, which has to be among them, is right. Otherwise the answer is sent, and nothing of the files was read.
 */
export async function openForm(
  csrf: Csrf,
  req: Request,
  res: Response,
): Promise<FormWithFiles | typeof SENT> {
  closeIfUnread(req, res);
  const parts = partsOf(req);
  const fields: Record<string, string> = {};
  let first: FormFile | null = null;
  for (;;) {
    const { value, done } = await parts.next();
    if (done) break;
    if ('content' in value) {
      first = value;
      break;
    }
    fields[value.field] ??= value.value;
  }
  req.body = { csrf: fields.csrf };
  if (!isOurs(csrf, req, res)) {
    await parts.return(undefined);
    return SENT;
  }
  return { fields, files: filesOf(first, parts) };
}

function isOurs(csrf: Csrf, req: Request, res: Response): boolean {
  let isRight = false;
  csrf.check(req, res, () => {
    isRight = true;
  });
  return isRight;
}

async function* filesOf(
  first: FormFile | null,
  rest: AsyncGenerator<Part>,
): AsyncGenerator<FormFile> {
  try {
    if (!first) return;
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      if ('content' in next.value) yield next.value;
    }
  } finally {
    await rest.return(undefined);
  }
}

/** @throws with `status` 400 when it is no such form, 408 when nothing comes for 30 s. */
async function* partsOf(req: Request): AsyncGenerator<Part> {
  const busboy = openParser(req);
  const parts = new PassThrough({ objectMode: true });
  let open: Readable | undefined;
  busboy.on('field', (field, value) => parts.write({ field, value }));
  busboy.on('file', (_field, content, name, _encoding, type) => {
    // Whoever reads it hears of it; one that nobody reads must not end the process.
    content.on('error', ignore);
    open = content;
    parts.write({ name, type, content });
  });
  const abort = new AbortController();
  pipeline(readBody(req), busboy, { signal: abort.signal }).then(
    () => parts.end(),
    (error) => {
      open?.destroy(asFault(error));
      parts.destroy(asFault(error));
    },
  );
  try {
    yield* parts;
  } finally {
    abort.abort();
  }
}

function openParser(req: Request): Busboy {
  try {
    const headers = { ...req.headers, 'content-type': req.get('Content-Type') ?? '' };
    return new Busboy({ headers, limits: LIMITS, preservePath: true });
  } catch {
    throw Object.assign(new Error('Send a form with files.'), { status: 400 });
  }
}

function asFault(error: Error): Error {
  return 'status' in error ? error : Object.assign(error, { status: 400 });
}

function ignore(): void {}
