import type { Response } from 'express';

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1_000;

/** Ends a stream when the server ends, so that its reader comes back, to another one. */
export function endWith(res: Response, ending: AbortSignal): void {
  const end = () => res.end();
  ending.addEventListener('abort', end, { once: true });
  res.once('close', () => ending.removeEventListener('abort', end));
  if (ending.aborted) end();
}

/**
 * Server-Sent Events: sends `read()` as event `name` now and whenever `watch` says so, as often as it differs.
 * Ends when the client goes, the server does, or `read` has nothing more to say.
 */
export function streamEvents(
  res: Response,
  name: string,
  read: () => Promise<{ data: object; last: boolean } | null>,
  watch: (onChange: () => void) => () => void,
  ending: AbortSignal,
): void {
  // Whoever has left while the request was read does not say so again.
  if (res.closed) return;
  res.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  res.write(`retry: ${RETRY_MS}\n\n`);
  let sent = '';
  let reading: Promise<void> = Promise.resolve();

  const send = async () => {
    if (res.writableEnded) return;
    const event = await read();
    if (!event) return end();
    const text = JSON.stringify(event.data);
    const content = text.replace(/"nowMs":\d+/, '');
    if (content !== sent) res.write(`event: ${name}\ndata: ${text}\n\n`);
    sent = content;
    if (event.last) end();
  };
  const onChange = () => {
    reading = reading.then(send).catch(end);
  };
  const unwatch = watch(onChange);
  const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
  const end = () => {
    unwatch();
    clearInterval(heartbeat);
    res.end();
  };
  res.once('close', end);
  endWith(res, ending);
  onChange();
}
