/** A key, or a hash, as maps have it: in hexadecimal. */
export function idOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex');
}
