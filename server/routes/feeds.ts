import { Router } from 'express';
import * as operations from '../../contract/operations/feeds.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { appendBlocks } from '../../flow/append-blocks.ts';
import { deleteFile } from '../../flow/delete-file.ts';
import { putEntries } from '../../flow/put-entries.ts';
import { putFile } from '../../flow/put-file.ts';
import { readFiles } from '../../flow/read-files.ts';
import { operate } from '../../http/operate.ts';
import { mediaTypeOf, readBody } from '../../http/upload.ts';
import { readBlocks } from '../blocks/read-blocks.ts';
import { fromPathCursor, toPathCursor } from '../cursor.ts';
import type { ServerDeps } from '../deps.ts';
import { presentFile } from '../present/file.ts';
import { readEntries } from '../read-entries.ts';
import { untilAppendedWith, untilWrittenWith } from '../until-appended.ts';

const UNTYPED = 'application/octet-stream';

export function feedRoutes({ prisma, authenticate, appended, written }: ServerDeps): Router {
  const router = Router();
  const untilAppended = untilAppendedWith(prisma, appended);
  const untilWritten = untilWrittenWith(prisma, written);

  operate(router, operations.appendBlocks, authenticate, ({ caller, params, query, req }) => {
    const blocks = (blockSchema: unknown) =>
      readBlocks(mediaTypeOf(req), readBody(req), blockSchema);
    return appendBlocks(prisma, untilAppended, { ...caller, ...params, ...query, blocks });
  });

  operate(router, operations.putEntries, authenticate, ({ caller, params, query, req }) => {
    const changes = () => readEntries(mediaTypeOf(req), readBody(req));
    return putEntries(prisma, untilAppended, { ...caller, ...params, ...query, changes });
  });

  operate(router, operations.putFile, authenticate, async ({ caller, params, req, res }) => {
    const contentType = req.get('Content-Type') ?? UNTYPED;
    const body = readBody(req);
    const file = await putFile(prisma, untilWritten, { ...caller, ...params, contentType, body });
    if (isRefusal(file)) return file;
    const shown = presentFile(file);
    res.setHeader('ETag', `"${shown.sha256}"`);
    return shown;
  });

  operate(router, operations.deleteFile, authenticate, async ({ caller, params }) => {
    return (await deleteFile(prisma, untilWritten, { ...caller, ...params })) ?? undefined;
  });

  operate(router, operations.listFiles, authenticate, async ({ caller, params, query }) => {
    const after = query.cursor === undefined ? '' : fromPathCursor(query.cursor);
    if (after === null) return refuse('cursor-invalid', 'No page has given this cursor.');
    const { limit } = query;
    const page = await readFiles(prisma, caller.sellerId, params.slug, { limit, after });
    if (isRefusal(page)) return page;
    const last = page.hasMore ? page.files.at(-1) : undefined;
    return {
      files: page.files.map(presentFile),
      nextCursor: last ? toPathCursor(last.path) : null,
    };
  });

  return router;
}
