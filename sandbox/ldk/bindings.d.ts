declare module 'lightningdevkit/bindings.mjs' {
  export function Record_free(pointer: bigint): void;
}
