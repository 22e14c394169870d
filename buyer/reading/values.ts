const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as what they say: a JSON value, or where they are none the bytes in base64. */
export function decoded(bytes: Uint8Array): { value: unknown } | { base64: string } {
  try {
    return { value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

/** An entry of a tree as it is written out. */
export function entryOf({ key, value }: { key: string; value: Uint8Array }): object {
  return { key, ...decoded(value) };
}
