import { NodeUnreachable } from '../../ports/lightning.ts';

const ANSWER_TIMEOUT_MS = 10_000;

/** ln-service waits for ever on a node that has gone silent; nobody else should. */
export async function withTimeout<T>(doing: string, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_, reject) => {
    const give = () =>
      reject(new NodeUnreachable(`${doing}: no answer in ${ANSWER_TIMEOUT_MS} ms`));
    timer = setTimeout(give, ANSWER_TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, silent]);
  } finally {
    clearTimeout(timer);
  }
}
