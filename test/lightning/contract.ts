import { after, before } from 'node:test';
import { faults } from './faults.ts';
import { holds } from './holds.ts';
import { invoices } from './invoices.ts';
import { payments } from './payments.ts';
import type { Place } from './place.ts';
import { settlements } from './settlements.ts';
import { words } from './words.ts';

/** What the market relies on, of whatever it is paid through: every call of the port, and how each of them fails. */
export function lightningContract(start: () => Promise<Place>): void {
  let place: Place;
  before(async () => {
    place = await start();
  });
  after(() => place?.[Symbol.asyncDispose]());
  for (const part of [invoices, payments, holds, settlements, faults, words]) part(() => place);
}
