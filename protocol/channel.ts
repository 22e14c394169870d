import type { Connection } from 'hyperdht';
import type Protomux from 'protomux';
import type { Channel, Encoding } from 'protomux';
import type { ZodType } from 'zod';
import { guardedMux } from './guarded-mux.ts';
import {
  type Answer,
  type Ask,
  answer,
  ask,
  type Expiring,
  expiring,
  type HeardAsk,
  type Hello,
  hello,
  type Invalid,
  invalid,
  MAX_ANSWER_BYTES,
  MAX_DEPTH,
  MAX_MESSAGE_BYTES,
  type Message,
  message,
  type OrderState,
  orderState,
  PROTOCOL,
  type Subscribe,
  subscribe,
  type Valid,
  valid,
} from './messages.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** How much may be said to a peer that does not read; more closes the channel. */
const MAX_UNREAD_BYTES = 2 * 1024 * 1024;

/** What to do with what the other side says; a message without a handler is dropped unread, so that it costs nothing. */
export interface ChannelHandlers {
  onhello?: (message: Hello) => void;
  onsubscribe?: (message: Subscribe) => void;
  onvalid?: (message: Valid) => void;
  oninvalid?: (message: Invalid) => void;
  onexpiring?: (message: Expiring) => void;
  onask?: (message: HeardAsk) => void;
  onanswer?: (message: Answer) => void;
  onorder?: (message: OrderState) => void;
  onmessage?: (message: Message) => void;
  /** The stream takes more again. */
  ondrain?: () => void;
  /** The channel is gone: refused, closed by either side, closed for a malformed message, or the stream ended. */
  onclose?: () => void;
}

/** One side of an open `dazaar/2` channel; each sender is false when the channel is closed or its stream is full. */
export interface DazaarChannel {
  readonly closed: boolean;
  /** Whether the stream takes more without piling it up. */
  readonly drained: boolean;
  hello(message: Hello): boolean;
  subscribe(message: Subscribe): boolean;
  valid(message: Valid): boolean;
  invalid(message: Invalid): boolean;
  expiring(message: Expiring): boolean;
  ask(message: Ask): boolean;
  answer(message: Answer): boolean;
  order(message: OrderState): boolean;
  message(message: Message): boolean;
  close(): void;
}

/**
 * Opens the `dazaar/2` channel on a peer's stream; both sides call it, in either order.
 * Message types are numbered in the order added below, so Protomux drops the ones a newer peer may add.
 *
 * @returns null when the stream is destroyed or carries the channel already.
 */
export function openChannel(
  stream: Connection | Protomux,
  handlers: ChannelHandlers,
): DazaarChannel | null {
  const unread = { bytes: 0 };
  const channel = guardedMux(stream).createChannel({
    protocol: PROTOCOL,
    ondrain() {
      unread.bytes = 0;
      handlers.ondrain?.();
    },
    onclose: () => handlers.onclose?.(),
  });
  if (channel === null) return null;
  const add = <T>(
    shape: ZodType<T>,
    handler: ((message: T) => void) | undefined,
    maxBytes = MAX_MESSAGE_BYTES,
  ) => addMessage(channel, unread, { shape, handler, maxBytes });
  const messages = {
    hello: add(hello, handlers.onhello),
    subscribe: add(subscribe, handlers.onsubscribe),
    valid: add(valid, handlers.onvalid),
    invalid: add(invalid, handlers.oninvalid),
    expiring: add(expiring, handlers.onexpiring),
    ask: add(ask, handlers.onask),
    answer: add(answer, handlers.onanswer, MAX_ANSWER_BYTES),
    order: add(orderState, handlers.onorder),
    message: add(message, handlers.onmessage),
  };
  channel.open();
  return {
    get closed() {
      return channel.closed;
    },
    get drained() {
      return channel.drained;
    },
    hello: messages.hello,
    subscribe: messages.subscribe,
    valid: messages.valid,
    invalid: messages.invalid,
    expiring: messages.expiring,
    ask: messages.ask,
    answer: messages.answer,
    order: messages.order,
    message: messages.message,
    close: () => channel.close(),
  };
}

// Protomux destroys the whole stream, Hypercore's channels with it, when a decoder throws: so this one never does.
const raw: Encoding<Uint8Array> = {
  preencode(state, bytes) {
    state.end += bytes.byteLength;
  },
  encode(state, bytes) {
    state.buffer?.set(bytes, state.start);
    state.start += bytes.byteLength;
  },
  decode(state) {
    const bytes = state.buffer?.subarray(state.start, state.end) ?? new Uint8Array(0);
    state.start = state.end;
    return bytes;
  },
};

interface MessageType<T> {
  shape: ZodType<T>;
  handler: ((message: T) => void) | undefined;
  maxBytes: number;
}

/** Adds one type of message. @returns what sends one of it */
function addMessage<T>(
  channel: Channel,
  unread: { bytes: number },
  { shape, handler, maxBytes }: MessageType<T>,
): (message: T) => boolean {
  const type = channel.addMessage({
    encoding: raw,
    onmessage(bytes) {
      if (channel.closed || !handler) return;
      const message = decode(bytes, shape, maxBytes);
      if (message === undefined) channel.close();
      else handler(message);
    },
  });
  return (message) => {
    const bytes = Buffer.from(JSON.stringify(message));
    const isDrained = type.send(bytes);
    unread.bytes = isDrained ? 0 : unread.bytes + bytes.byteLength;
    if (unread.bytes > MAX_UNREAD_BYTES) channel.close();
    return isDrained;
  };
}

function decode<T>(bytes: Uint8Array, shape: ZodType<T>, maxBytes: number): T | undefined {
  if (bytes.byteLength > maxBytes || isTooDeep(bytes)) return undefined;
  return shape.safeParse(parseJson(bytes)).data;
}

// Whatever walks a value goes down as many calls as it nests, and would run out of stack.
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let isInText = false;
  for (let i = 0; i < bytes.byteLength; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) isInText = !isInText;
    else if (isInText) i += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
