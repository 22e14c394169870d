import type { Request, RequestHandler } from 'express';
import type { Operation } from '../contract/operation.ts';
import { sendProblem } from './problem.ts';

/** Which operation a request is for, found without the router. */
export interface OperationTable {
  find(req: Pick<Request, 'method' | 'path'>): Operation | undefined;
  /** The methods that an address has; empty for one that there is not. */
  methodsAt(path: string): string[];
}

export function operationTable(operations: readonly Operation[]): OperationTable {
  const rows = operations.map((operation) => ({ operation, pattern: patternOf(operation.path) }));
  // `/a/import` is not what `/a/{slug}` means by a slug.
  const at = (path: string) => {
    const matching = rows.filter(({ pattern }) => pattern.test(path));
    const exact = matching.filter(({ operation }) => !operation.path.includes('{'));
    return exact.length > 0 ? exact : matching;
  };
  return {
    find({ method, path }) {
      const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
      return at(path).find(({ operation }) => operation.method === wanted)?.operation;
    },
    methodsAt(path) {
      const methods = at(path).map(({ operation }) => operation.method.toUpperCase());
      if (methods.includes('GET')) methods.push('HEAD');
      return methods.length > 0 ? [...new Set([...methods, 'OPTIONS'])] : [];
    },
  };
}

/** Answers OPTIONS, and methods that a known address does not have (RFC 9110, sections 9.3.7 and 15.5.6). */
export function otherMethods(table: OperationTable): RequestHandler {
  return (req, res, next) => {
    const methods = table.methodsAt(req.path);
    if (methods.length === 0 || table.find(req)) return next();
    res.setHeader('Allow', methods.join(', '));
    if (req.method === 'OPTIONS') return res.status(204).end();
    const detail = `${req.path} takes ${methods.join(', ')}.`;
    sendProblem(res, 405, 'method-not-allowed', detail);
  };
}

// As the router matches: whatever the case, with or without a slash at the end.
function patternOf(path: string): RegExp {
  const source = path
    .replaceAll('.', '\\.')
    .replace(/\{\w+\+\}/g, '.+')
    .replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${source}/?$`, 'i');
}
