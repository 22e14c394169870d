import { type AuthenticatedLnd, getWalletInfo } from 'ln-service';
import { NodeUnreachable } from '../../ports/lightning.ts';
import { ask } from './ask.ts';

const ASK_EVERY_MS = 5_000;

/**
 * A stream over a connection that has gone dead without a word looks like one on which nothing happens: so the node is
 * asked something now and then, over the same connection, until the returned function is called or it has not answered.
 */
export function whileAnswering(
  lnd: AuthenticatedLnd,
  onSilence: (error: NodeUnreachable) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const askLater = () => {
    if (!isOver) timer = setTimeout(askNow, ASK_EVERY_MS);
  };
  const askNow = () => {
    // Whatever else it says is an answer.
    const onError = (error: unknown) => {
      if (!(error instanceof NodeUnreachable)) return askLater();
      if (!isOver) onSilence(error);
    };
    ask('ask whether the node is there', () => getWalletInfo({ lnd })).then(askLater, onError);
  };
  askLater();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
