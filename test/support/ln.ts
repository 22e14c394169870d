import { createRequire } from 'node:module';

/** ln-service as it is, under the types of the package beneath it. */
export const ln = createRequire(import.meta.url)('ln-service') as typeof import('lightning');
