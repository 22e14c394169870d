const LINE_END = /\r\n|\n|\r/;
const MAX_EVENT_LENGTH = 1024 * 1024;

export interface ServerSentEvent {
  name: string;
  data: string;
}

/** The events of a `text/event-stream` body, as the HTML standard reads them. @throws Error when one is too long. */
export async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let rest = '';
  let name = 'message';
  let data: string[] = [];
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    // A trailing \r may be the first half of \r\n.
    const held = text.endsWith('\r') ? '\r' : '';
    const lines = (rest + text.slice(0, text.length - held.length)).split(LINE_END);
    rest = (lines.pop() ?? '') + held;
    if (rest.length > MAX_EVENT_LENGTH) throw new Error('event too long');
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { name, data: data.join('\n') };
        name = 'message';
        data = [];
        continue;
      }
      const [field, value] = fieldOf(line);
      if (field === 'event') name = value;
      if (field === 'data') data.push(value);
    }
  }
}

function fieldOf(line: string): [field: string, value: string] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}
