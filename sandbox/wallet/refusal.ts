/** gRPC's status codes, the ones used here. */
export const CODE = {
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
} as const;

export type Code = (typeof CODE)[keyof typeof CODE];

/** A request that is refused, with LND's own words where clients compare them. */
export class Refusal extends Error {
  readonly code: Code;

  constructor(code: Code, details: string) {
    super(details);
    this.code = code;
  }
}
