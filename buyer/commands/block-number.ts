import { refuseUsage } from '../failure.ts';

/** The number of a block, as an option gives it. @throws Failure */
export function blockNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return refuseUsage(`${name} must be a block number: 0, 1, 2 …`);
}
