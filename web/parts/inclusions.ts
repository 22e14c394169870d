import { inclusionWords, type Plan } from '../../contract/index.ts';

/** What a plan opens beside the time, as a sentence of the page; '' for one that opens all of it to any machine. */
export function inclusions(plan: Plan): string {
  const words = inclusionWords(plan).join('; ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
