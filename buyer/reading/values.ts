const utf8 = new TextDecoder('utf-8', { fatal: true });
const NULL = Buffer.from('null');

/** Bytes as what they say: a JSON value, or where they are none the bytes in base64. */
export function decoded(bytes: Uint8Array): { value: unknown } | { base64: string } {
  try {
    return { value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

/** An entry's value in bytes: a Hyperbee stores null as no value at all. */
export function valueBytes(value: Buffer | null): Buffer {
  return value ?? NULL;
}

/** An entry of a tree as it is written out. */
export function entryOf({ key, value }: { key: string; value: Buffer | null }): object {
  return { key, ...decoded(valueBytes(value)) };
}
