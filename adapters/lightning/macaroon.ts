import { importMacaroon } from 'macaroon';

const OPERATION_FIELD = 3;

interface Field {
  number: number;
  value: Uint8Array;
}

/**
 * What a macaroon of LND permits before its caveats, as `entity:action` or `uri:/…`. It says so itself: no node is asked.
 *
 * @throws where it is no macaroon
 */
export function permissionsOf(macaroon: Uint8Array): string[] {
  // A version, and the protobuf message of LND's bakery.
  const id = importMacaroon(macaroon).identifier.subarray(1);
  const operations = fieldsOf(id).filter(({ number }) => number === OPERATION_FIELD);
  return operations.flatMap(({ value }) => {
    const [entity, ...actions] = fieldsOf(value).map((field) =>
      Buffer.from(field.value).toString(),
    );
    return actions.map((action) => `${entity}:${action}`);
  });
}

/** Every field of these messages is text, bytes or a message: all carry their length ahead. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < message.length) {
    const number = (message[at++] as number) >> 3;
    let length = 0;
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = message[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
    }
    fields.push({ number, value: message.subarray(at, at + length) });
    at += length;
  }
  return fields;
}
