import type { Request, RequestHandler, Response } from 'express';
import type { Problem } from '../../contract/index.ts';
import { answerProblemsWith } from '../../http/problem.ts';
import { problemPage } from '../../web/pages/problem.ts';
import type { PageDeps } from './deps.ts';
import { ownPath } from './own-path.ts';
import { sendPage } from './page-router.ts';
import { strangerOf, viewerOf } from './viewer.ts';

/** Has whatever goes wrong at an address for people told as a page; the interface for programs keeps its documents. */
export function problemPages(deps: PageDeps): RequestHandler {
  return (req, res, next) => {
    if (isForPeople(req)) answerProblemsWith(res, (problem) => tell(deps, req, res, problem));
    next();
  };
}

function isForPeople(req: Request): boolean {
  if (/^\/v1(\/|$)/i.test(req.path)) return false;
  return req.accepts(['json', 'html']) === 'html';
}

async function tell(deps: PageDeps, req: Request, res: Response, problem: Problem): Promise<void> {
  // The database may be what is missing: the page that says so does without an account.
  const viewer = await viewerOf(deps, req, res).catch(() => strangerOf(deps, req, res));
  const nowMs = Date.now();
  const seconds = Number(res.getHeader('Retry-After'));
  const view = {
    problem,
    nowMs,
    againAtMs: seconds > 0 ? nowMs + seconds * 1000 : null,
    again: /^(GET|HEAD)$/.test(req.method) ? ownPath(req.originalUrl) : null,
  };
  res.removeHeader('ETag');
  res.setHeader('Cache-Control', 'no-store');
  sendPage(res, problemPage(view, viewer), viewer);
}
