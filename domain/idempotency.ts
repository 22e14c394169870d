/** What the repetition of a request is known by: the same key with another hash is another request. */
export interface Idempotency {
  /** The operation and who calls it. */
  scope: string;
  key: string;
  requestHash: Uint8Array<ArrayBuffer>;
}
