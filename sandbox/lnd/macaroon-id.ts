/** What a macaroon says of itself: which root key signs it, and what it permits (`invoices:read`, `uri:/…`). */
export interface MacaroonId {
  nonce: Uint8Array;
  rootKeyId: string;
  permissions: string[];
}

// LND's macaroons are of the third version of its bakery: a byte that says so, then protobuf.
const VERSION = 3;
const NONCE_FIELD = 1;
const ROOT_KEY_FIELD = 2;
const OPERATION_FIELD = 3;
const ENTITY_FIELD = 1;
const ACTION_FIELD = 2;
const LENGTH_DELIMITED = 2;

export function encodeMacaroonId({ nonce, rootKeyId, permissions }: MacaroonId): Uint8Array {
  const byEntity = Map.groupBy(permissions.map(split), ([entity]) => entity);
  const operations = [...byEntity].map(([entity, parts]) =>
    field(OPERATION_FIELD, [
      ...field(ENTITY_FIELD, Buffer.from(entity)),
      ...parts.flatMap(([, action]) => field(ACTION_FIELD, Buffer.from(action))),
    ]),
  );
  return Uint8Array.from([
    VERSION,
    ...field(NONCE_FIELD, nonce),
    ...field(ROOT_KEY_FIELD, Buffer.from(rootKeyId)),
    ...operations.flat(),
  ]);
}

/** Throws where it is not one of LND's. */
export function decodeMacaroonId(bytes: Uint8Array): MacaroonId {
  if (bytes[0] !== VERSION) throw new Error('invalid ID');
  const id: MacaroonId = { nonce: new Uint8Array(), rootKeyId: '', permissions: [] };
  for (const [number, value] of fieldsOf(bytes.subarray(1))) {
    if (number === NONCE_FIELD) id.nonce = value;
    if (number === ROOT_KEY_FIELD) id.rootKeyId = text(value);
    if (number === OPERATION_FIELD) id.permissions.push(...permissionsOf(value));
  }
  return id;
}

function permissionsOf(operation: Uint8Array): string[] {
  const fields = [...fieldsOf(operation)];
  const of = (wanted: number) =>
    fields.filter(([number]) => number === wanted).map(([, value]) => text(value));
  return of(ACTION_FIELD).map((action) => `${of(ENTITY_FIELD)[0]}:${action}`);
}

function split(permission: string): [entity: string, action: string] {
  const colon = permission.indexOf(':');
  return [permission.slice(0, colon), permission.slice(colon + 1)];
}

function field(number: number, value: ArrayLike<number>): number[] {
  const tag = (number << 3) | LENGTH_DELIMITED;
  return [tag, ...varint(value.length), ...Array.from(value)];
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** Every field of these messages is text, bytes or a message: all carry their length ahead. */
function* fieldsOf(message: Uint8Array): Generator<[number: number, value: Uint8Array]> {
  let at = 0;
  const number = () => {
    let read = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      if (byte === undefined || shift > 28) throw new Error('invalid ID');
      read |= (byte & 0x7f) << shift;
      if (byte < 0x80) return read;
    }
  };
  while (at < message.length) {
    const tag = number();
    const end = number() + at;
    if ((tag & 7) !== LENGTH_DELIMITED || end > message.length) throw new Error('invalid ID');
    yield [tag >>> 3, message.subarray(at, end)];
    at = end;
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
