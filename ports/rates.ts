import type { NanoMsat } from '../domain/exchange.ts';

/** Where exchange rates come from. */
export interface RateSource {
  /** Kept with every order that was priced by it. */
  readonly name: string;
  /** The rates of all currencies it knows. @throws when it does not answer, or not with rates */
  fetch(): Promise<Rate[]>;
}

export interface Rate {
  /** ISO 4217. */
  currency: string;
  perUnit: NanoMsat;
}
