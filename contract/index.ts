export * from './idempotency.ts';
export * from './listing.ts';
export * from './market.ts';
export * from './operation.ts';
export * from './order.ts';
export * from './primitives.ts';
export * from './problem.ts';
export * from './refusals.ts';
