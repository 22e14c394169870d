import {
  type Option_ThirtyTwoBytesZ,
  Option_ThirtyTwoBytesZ_Some,
  Option_u16Z,
  Option_u32Z,
  Option_u32Z_Some,
  Option_u64Z,
  Option_u64Z_Some,
} from 'lightningdevkit';

interface Result {
  is_ok(): boolean;
}

/** LDK's failed call as a fault, with the error it named. */
export class LdkError extends Error {
  readonly detail: unknown;

  constructor(call: string, detail: unknown) {
    super(`${call}: ${describe(detail)}`);
    this.detail = detail;
  }
}

/** The value of an LDK result. Throws LdkError when it is an error. */
export function unwrap<T>(call: string, result: Result): T {
  if (!result.is_ok()) throw new LdkError(call, (result as unknown as { err: unknown }).err);
  return (result as unknown as { res: T }).res;
}

export const someU64 = (value: bigint) => Option_u64Z.constructor_some(value);
export const noU64 = () => Option_u64Z.constructor_none();
export const someU32 = (value: number) => Option_u32Z.constructor_some(value);
export const someU16 = (value: number) => Option_u16Z.constructor_some(value);

export const u64Of = (option: Option_u64Z): bigint | undefined =>
  option instanceof Option_u64Z_Some ? option.some : undefined;

export const u32Of = (option: Option_u32Z): number | undefined =>
  option instanceof Option_u32Z_Some ? option.some : undefined;

export const bytes32Of = (option: Option_ThirtyTwoBytesZ): Uint8Array | undefined =>
  option instanceof Option_ThirtyTwoBytesZ_Some ? option.some : undefined;

/** LDK hands out null structs as objects with a null pointer. */
export const isNull = (struct: unknown): boolean =>
  ((struct as { ptr?: bigint } | null)?.ptr ?? 0n) === 0n;

/** Bindings append to this list at calls and would so keep every argument for ever. */
export function referencesOf(struct: unknown): unknown[] {
  return (struct as { ptrs_to: unknown[] }).ptrs_to;
}

function describe(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return String(detail);
  const message = 'err' in detail ? String(detail.err) : '';
  return `${detail.constructor.name} ${message}`.trim();
}
