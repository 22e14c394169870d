import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { LimitName } from '../../domain/limit.ts';
import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import { withinTime } from '../../http/json-body.ts';
import { addressOf, pass } from '../../http/limits.ts';
import { SENT } from '../../http/operate.ts';
import { sendRefusal } from '../../http/problem.ts';
import { renderPage } from '../../web/layout.ts';
import type { Page } from '../../web/page.ts';
import type { Viewer } from '../../web/viewer.ts';
import type { PageDeps } from './deps.ts';
import { pageHeaders } from './headers.ts';
import { ownPath } from './own-path.ts';
import { viewerOf } from './viewer.ts';

/** A seller's description is the longest of what people type, and percent-encoding triples it. */
const FORM_LIMIT_BYTES = 256 * 1024;
const MAX_FIELDS = 1000;

/** Another page, which the browser asks for with GET (303). A path of ours, whatever it is made of. */
export class GoTo {
  readonly path: string;

  constructor(path: string) {
    this.path = ownPath(path) ?? '/';
  }
}

export interface Visit {
  req: Request;
  res: Response;
  viewer: Viewer;
  /** Of the path. */
  params: Record<string, string>;
  /** The first value of each parameter of the address. */
  query: Record<string, string>;
  /** What was typed into a form, the first value of each field; empty but for POST. */
  form: Record<string, string>;
  /** All values of a field. */
  all(name: string): string[];
}

export interface SellerVisit extends Visit {
  sellerId: string;
}

/** What a page's handler says; null: there is no such page. */
export type PageAnswer = Page | GoTo | Refusal | null | typeof SENT;

type Handler<V extends Visit = Visit> = (visit: V) => Promise<PageAnswer> | PageAnswer;

export interface PageRouter {
  router: Router;
  get(path: string, limit: LimitName, handler: Handler): void;
  /** The body of a form, which has to carry this browser's token. */
  post(path: string, limit: LimitName, handler: Handler): void;
  /** Pages of the seller's desk: whoever is not logged in is asked to, and comes back. */
  seller: {
    get(path: string, handler: Handler<SellerVisit>): void;
    post(path: string, handler: Handler<SellerVisit>): void;
    /** A form with files, whose body and token nobody has looked at yet: its handler does, with `openForm`. */
    upload(path: string, handler: Handler<SellerVisit>): void;
  };
}

/** A router whose handlers answer with pages. */
export function pageRouter(deps: PageDeps): PageRouter {
  const router = Router();
  const form = [
    withinTime(
      express.urlencoded({
        extended: false,
        limit: FORM_LIMIT_BYTES,
        parameterLimit: MAX_FIELDS,
      }) as RequestHandler,
    ),
    deps.csrf.check,
  ];

  const limited = (limit: LimitName): RequestHandler => {
    return async (req, res, next) => {
      if (pass(res, await deps.limiter.take(limit, addressOf(req)))) next();
    };
  };
  const answer = (handler: Handler): RequestHandler => {
    return async (req, res, next) => {
      const viewer = await viewerOf(deps, req, res);
      const result = await handler(visitOf(req, res, viewer));
      if (result === SENT) return;
      if (result === null) return next();
      if (result instanceof GoTo) return res.redirect(303, result.path);
      if (isRefusal(result)) return sendRefusal(res, result);
      sendPage(res, result, viewer);
    };
  };
  const asSeller = (handler: Handler<SellerVisit>): Handler => {
    return async (visit) => {
      const { sellerId } = visit.req.session;
      if (sellerId === undefined) {
        const next = visit.req.method === 'GET' ? visit.viewer.path : '/desk';
        return new GoTo(`/login?next=${encodeURIComponent(next)}`);
      }
      const allowance = await deps.limiter.take('sellers', sellerId);
      if (!pass(visit.res, allowance)) return SENT;
      return handler({ ...visit, sellerId });
    };
  };

  return {
    router,
    get: (path, limit, handler) => router.get(path, limited(limit), answer(handler)),
    post: (path, limit, handler) => router.post(path, limited(limit), form, answer(handler)),
    seller: {
      get: (path, handler) => router.get(path, limited('addresses'), answer(asSeller(handler))),
      post: (path, handler) =>
        router.post(path, limited('addresses'), form, answer(asSeller(handler))),
      upload: (path, handler) => router.post(path, limited('addresses'), answer(asSeller(handler))),
    },
  };
}

/**
 * Sends a page. What is on it may be for one visitor only, so no cache in between keeps it, and none at all while
 * somebody is logged in: the button back shows nothing after logging out. Unless the handler said otherwise.
 */
export function sendPage(res: Response, page: Page, viewer: Viewer): void {
  const text = renderPage(page, viewer);
  pageHeaders(res, viewer, page);
  if (!res.hasHeader('Cache-Control')) {
    res.setHeader('Cache-Control', viewer.account ? 'no-store' : 'private, no-cache');
  }
  res
    .status(page.status ?? 200)
    .type('html')
    .send(text);
}

function visitOf(req: Request, res: Response, viewer: Viewer): Visit {
  const body: Record<string, string | string[]> = req.method === 'POST' ? (req.body ?? {}) : {};
  return {
    req,
    res,
    viewer,
    params: firsts(req.params),
    query: firsts(req.query as Record<string, string | string[]>),
    form: firsts(body),
    all: (name) => [(body[name] ?? req.query[name] ?? []) as string | string[]].flat(),
  };
}

function firsts(values: Record<string, string | string[]>): Record<string, string> {
  const entries = Object.entries(values).map(([name, value]) => [name, [value].flat()[0] ?? '']);
  return Object.fromEntries(entries);
}
