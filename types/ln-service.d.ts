// ln-service is the `lightning` package under another name, without its declarations.
declare module 'ln-service' {
  export * from 'lightning';
}

declare module 'ln-service' {
  /** Reads a BOLT11 payment request; throws an Error when it is not one. */
  export function parsePaymentRequest(args: { request: string }): {
    id: string;
    mtokens?: string;
    description?: string;
    destination: string;
    network: string;
    created_at: string;
    expires_at: string;
    is_expired: boolean;
  };

  /** The hash that a payment request is to be signed over, with the parts that it is put together from. */
  export function createUnsignedRequest(args: {
    id: string;
    payment: string;
    description: string;
    features: { bit: number }[];
    mtokens: string;
    network: string;
    created_at: string;
    expires_at: string;
  }): { hash: string; hrp: string; tags: number[] };

  export function createSignedRequest(args: {
    destination: string;
    hrp: string;
    signature: string;
    tags: number[];
  }): { request: string };
}
