import type { Request } from 'express';
import type { z } from 'zod';
import type { Operation } from '../contract/operation.ts';
import type { Problem } from '../contract/problem.ts';

type Fault = NonNullable<Problem['errors']>[number];
type Part = Fault['in'];

/** Input that breaks the operation's schemas; answered with 400. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
  readonly faults: Fault[];

  constructor(faults: Fault[]) {
    super(
      faults.map(({ in: part, pointer, detail }) => `${part} ${pointer}: ${detail}`).join('; '),
    );
    this.faults = faults;
  }
}

/**
 * Reads query, headers and body by the operation's schemas. A query parameter that it does not know is a fault: a filter
 * with a typo would list everything.
 *
 * @throws {InvalidInput} with all faults at once
 */
export function readInput(operation: Operation, req: Request) {
  const faults = unknownParameters(operation, req);
  const read = (part: Part, schema: z.ZodType | undefined, value: unknown) => {
    const result = schema?.safeParse(value);
    if (result && !result.success) faults.push(...faultsIn(part, result.error));
    return result?.data ?? {};
  };
  const input = {
    query: read('query', operation.query, req.query),
    headers: read('header', operation.headers, req.headers),
    body: read('body', operation.body, req.body === undefined ? {} : req.body),
  };
  if (faults.length > 0) throw new InvalidInput(faults);
  return input;
}

/** What a schema finds wrong, as faults of one part of the request. */
export function faultsIn(part: Part, { issues }: Pick<z.ZodError, 'issues'>): Fault[] {
  return issues.map(({ path, message }) => ({
    in: part,
    pointer: pointerTo(path),
    detail: message,
  }));
}

function unknownParameters({ query }: Operation, req: Request): Fault[] {
  const known = new Set(Object.keys(query?.shape ?? {}));
  return Object.keys(req.query)
    .filter((name) => !known.has(name))
    .map((name) => ({
      in: 'query',
      pointer: pointerTo([name]),
      detail: 'is not a parameter here',
    }));
}

// RFC 6901, as a URI fragment.
function pointerTo(path: PropertyKey[]): string {
  const steps = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#${steps.map((step) => `/${encodeURIComponent(step.toWellFormed())}`).join('')}`;
}
