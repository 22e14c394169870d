declare module 'macaroon' {
  export interface Macaroon {
    readonly location: string;
    readonly identifier: Uint8Array;
    readonly caveats: readonly { identifier: Uint8Array }[];
    readonly signature: Uint8Array;
    addFirstPartyCaveat(caveat: string): void;
    verify(rootKey: Uint8Array, check: (caveat: string) => string | null): void;
    exportBinary(): Uint8Array;
  }
  export function importMacaroon(bytes: Uint8Array): Macaroon;
  export function newMacaroon(parts: {
    identifier: Uint8Array;
    location: string;
    rootKey: Uint8Array;
    version: number;
  }): Macaroon;
}
