import { type Refusal, refuse } from '../../domain/refusal.ts';
import { collect } from './collect.ts';
import { isJson, MAX_BLOCK_BYTES } from './well-formed.ts';

/** A body that is one block: a JSON value in UTF-8 of at most 1 MiB, as it came. */
export async function* jsonBlock(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer[] | Refusal> {
  const block = await collect(body, MAX_BLOCK_BYTES);
  if (!block) yield refuse('block-too-large', 'The body is larger than 1 MiB.');
  else if (!isJson(block)) yield refuse('block-invalid', 'The body is not a JSON value in UTF-8.');
  else yield [block];
}
