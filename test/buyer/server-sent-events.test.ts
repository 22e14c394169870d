import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ServerSentEvent, serverSentEvents } from '../../buyer/server-sent-events.ts';

async function eventsOf(chunks: Uint8Array[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(ReadableStream.from(chunks))) events.push(event);
  return events;
}

const TEXT =
  ': hello\r\n\r\nevent: order\r\nid: 7\r\ndata: {"a":"é"}\r\n\r\ndata: one\ndata:two\n\nevent: order\n\n';
const EVENTS = [
  { name: 'order', data: '{"a":"é"}' },
  { name: 'message', data: 'one\ntwo' },
];

test('events are read wherever the stream is cut', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length })), async (cuts) => {
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
      assert.deepEqual(await eventsOf(chunks), EVENTS);
    }),
  );
});

test('an event without an end is refused before it fills the memory', async () => {
  const chunk = new TextEncoder().encode('x'.repeat(700_000));
  await assert.rejects(eventsOf([chunk, chunk]), /too long/);
});
