import type { Request, Response } from 'express';
import type { Content } from '../contract/operation.ts';

const IDLE_MS = 30_000;
const LINGER_MS = 5_000;
const ANY = '*/*';
// RFC 9110, section 8.3.1, with parameters of ASCII, and short enough to be kept.
const MEDIA_TYPE = /^(?=.{3,200}$)[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;[\x20-\x7e]*)?$/;

/** Why the media type, charset or encoding of an upload is not taken; null if it is. */
export function uploadFault(upload: Content, req: Request): string | null {
  if ((req.get('Content-Encoding') ?? 'identity') !== 'identity') {
    return 'Send the body without a content encoding.';
  }
  const contentType = req.get('Content-Type');
  if (ANY in upload) {
    return contentType === undefined || MEDIA_TYPE.test(contentType)
      ? null
      : 'That is no media type.';
  }
  const [mediaType, ...parameters] = parts(contentType ?? '');
  if (!mediaType || !(mediaType in upload)) {
    return `Send the body as ${Object.keys(upload).join(', ')}.`;
  }
  const charset = parameters.find((each) => each.startsWith('charset='));
  return charset === undefined || /^charset="?utf-?8"?$/.test(charset) ? null : 'Send UTF-8.';
}

/** The media type of an upload without its parameters, in lowercase. */
export function mediaTypeOf(req: Request): string {
  return parts(req.get('Content-Type') ?? '')[0]!;
}

/**
 * The body as it comes in; while its reader is busy, nothing more is taken from the socket.
 *
 * @throws with `status` 408 when nothing comes for 30 s, 400 when it breaks off.
 */
export async function* readBody(req: Request): AsyncGenerator<Buffer> {
  const chunks = req.iterator({ destroyOnReturn: false });
  for (;;) {
    const next = await withinIdle(chunks.next());
    if (next.done) return;
    yield next.value;
  }
}

/** Has the connection closed when the answer is given before the body was read; what still comes is thrown away, for 5 s. */
export function closeIfUnread(req: Request, res: Response): void {
  const writeHead = res.writeHead;
  res.writeHead = ((...args: Parameters<typeof writeHead>) => {
    if (!req.complete) res.setHeader('Connection', 'close');
    return writeHead.apply(res, args);
  }) as typeof writeHead;
  res.once('finish', () => {
    if (req.complete) return;
    req.on('error', ignore).resume();
    const timer = setTimeout(() => req.destroy(), LINGER_MS);
    req.once('close', () => clearTimeout(timer));
  });
}

async function withinIdle<T>(next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(fault(408, 'Nothing more of the body came for 30 s.')),
      IDLE_MS,
    );
  });
  try {
    return await Promise.race([next, idle]);
  } catch (error) {
    throw 'status' in (error as object) ? error : fault(400, 'The body broke off.');
  } finally {
    clearTimeout(timer);
  }
}

function parts(contentType: string): string[] {
  return contentType.split(';').map((part) => part.trim().toLowerCase());
}

function fault(status: number, message: string): Error {
  return Object.assign(new Error(message), { status });
}

function ignore(): void {}
