import type { Response, Router } from 'express';
import * as operations from '../../../contract/operations/gateway.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type Authenticate, SENT } from '../../../http/operate.ts';
import { sendProblem } from '../../../http/problem.ts';
import { proveRange } from '../../../protocol/range-proof.ts';
import { SealError } from '../../../protocol/seal-error.ts';
import type { Feed } from '../../feeds.ts';
import { BLOCK_TYPES, type BlockFormat, formatOf, Unwritable } from '../block-format.ts';
import { clip, coreOf, lengthHere, sendNoCore, startOf } from '../cores.ts';
import type { GatewayDeps } from '../deps.ts';
import { Outflow } from '../outflow.ts';
import { sendProof } from '../proof-headers.ts';
import { readBlocks } from '../read-blocks.ts';
import { type Reading, serve } from '../serve.ts';

type BlocksReading = Reading<typeof operations.readBlocks>;

export function blockRoutes(router: Router, deps: GatewayDeps, authenticate: Authenticate): void {
  serve(router, operations.readHead, deps, authenticate, async ({ feed, query, res, visit }) => {
    const core = coreOf(feed, query.core);
    if (!core) return sendNoCore(res, feed, query.core);
    const { length, byteLength, fork } = core;
    const proof = await proveRange(core, length, length);
    const treeHash = length > 0 ? await core.treeHash(length) : null;
    return {
      feedId: feed.id,
      key: core.key.toString('hex'),
      length,
      byteLength,
      fork,
      fromBlock: visit.fromBlock,
      treeHash: treeHash?.toString('hex') ?? null,
      proof: proof?.toString('base64url') ?? null,
      seal: feed.seal && (await feed.seal.giveFor(visit, feed.core, deps.nowMs())),
    };
  });

  serve(router, operations.readBlocks, deps, authenticate, async (reading) => {
    const { feed, query, req, res } = reading;
    const core = coreOf(feed, query.core);
    if (!core) return sendNoCore(res, feed, query.core);
    const types = query.sealed ? [BINARY] : BLOCK_TYPES;
    const accepted = req.accepts(types);
    if (!accepted) return refuse('not-acceptable', `The blocks can be had as ${types.join(', ')}.`);
    // Only CSV asks the database, which may be away.
    const schema = accepted === 'text/csv' ? await schemaOf(deps, feed) : null;
    const format = formatOf(accepted, schema);
    if (!format) return refuse('not-acceptable', 'The feed declares no columns for CSV.');
    const here = lengthHere(core);
    const start = startOf(query.start, reading.visit.fromBlock, here);
    if (typeof start === 'object') return start;
    const end = Math.max(start, clip(query.end ?? here, here));
    const seal = query.sealed ? null : feed.seal;
    await sendProof(res, { seal }, core, start, end);
    res.setHeader('Dazaar-Range', `${start}-${end}`);
    res.vary('Accept');
    return stream(reading, format, readBlocks(core, start, end, query.sealed));
  });
}

async function stream(
  { req, res, visit, count }: BlocksReading,
  format: BlockFormat,
  batches: AsyncGenerator<Buffer[], void, void>,
) {
  const outflow = new Outflow(res, visit);
  const begin = async () => {
    if (res.headersSent) return;
    res.writeHead(200, { 'Content-Type': format.mediaType, Trailer: 'Dazaar-End' });
    await outflow.write(format.head);
  };
  if (req.method === 'HEAD') {
    res.setHeader('Content-Type', format.mediaType);
    res.end();
    return SENT;
  }
  try {
    for await (const blocks of batches) {
      const chunk = format.write(blocks);
      await begin();
      if (!outflow.isOpen) break;
      await outflow.write(chunk);
      count(blocks.length, chunk.byteLength);
    }
    await begin();
    outflow.end();
  } catch (error) {
    if (!res.headersSent && error instanceof Unwritable) {
      return refuse('not-acceptable', `${error.message}: ask for ${BINARY}.`);
    }
    if (!res.headersSent && error instanceof SealError) throw error;
    if (!res.headersSent) return unavailable(res);
    outflow.end('unavailable');
  }
  return SENT;
}

const BINARY = 'application/vnd.dazaar.blocks';

async function schemaOf({ prisma }: GatewayDeps, { id }: Feed): Promise<unknown> {
  const row = await prisma.feed.findUnique({ where: { id }, select: { blockSchema: true } });
  return row?.blockSchema;
}

function unavailable(res: Response): typeof SENT {
  sendProblem(res, 503, 'unavailable', 'The blocks have not reached this seeder yet.');
  return SENT;
}
