/** What came of a request: `broken` when the connection did not last. */
export type Sent =
  | { is: 'done'; body: Record<string, unknown> }
  | { is: 'refused'; detail: string }
  | { is: 'broken' }
  | { is: 'stopped' };

export interface Sending {
  method: 'POST' | 'PUT';
  url: string;
  type: string;
  body: Blob | string;
  /** Told how many bytes have gone out. */
  progress: (bytes: number) => void;
  signal: AbortSignal;
}

/** Sends a body and tells how far it is: `fetch` cannot. */
export function send({ method, url, type, body, progress, signal }: Sending): Promise<Sent> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ is: 'stopped' });
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader('Content-Type', type);
    request.setRequestHeader('Accept', 'application/json, application/problem+json');
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onload = () => resolve(outcome(request));
    request.onerror = () => resolve({ is: 'broken' });
    request.onabort = () => resolve({ is: 'stopped' });
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
}

function outcome({ status, responseText }: XMLHttpRequest): Sent {
  const body = jsonIn(responseText);
  if (status >= 200 && status < 300) return { is: 'done', body };
  const detail = body.detail ?? body.title;
  if (typeof detail === 'string') return { is: 'refused', detail };
  return { is: 'broken' };
}

function jsonIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
