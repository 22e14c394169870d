import type { Plan } from './plan.ts';

/** What a plan opens beside the time, in words, a part each; nothing for one that opens all of it to any machine. */
export function inclusionWords(
  plan: Pick<Plan, 'history' | 'historyBlocks' | 'maxConnections' | 'tracked'>,
): string[] {
  const words: string[] = [];
  if (plan.history === 'from-purchase')
    words.push('what comes after the purchase, without the past');
  if (plan.history === 'last') {
    const blocks = plan.historyBlocks === 1 ? 'block' : `${plan.historyBlocks ?? 0} blocks`;
    words.push(`the last ${blocks} and what comes`);
  }
  const { maxConnections } = plan;
  if (maxConnections === 1) words.push('one machine at a time');
  else if (maxConnections !== null) words.push(`${maxConnections} machines at a time`);
  if (!plan.tracked) words.push('nothing to order');
  return words;
}
