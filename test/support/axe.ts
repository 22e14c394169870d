import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const GRAVE = new Set(['serious', 'critical']);

/**
 * Fails with what axe finds serious or critical on a page.
 *
 * @param rules all of them if not given; a page in another theme differs in `color-contrast` alone
 */
export async function assertAccessible(page: Page, rules?: string[]): Promise<void> {
  // Evaluated, not added as a script: the page's policy would refuse that.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const results = (await page.evaluate(
    `axe.run(${JSON.stringify(rules ? { runOnly: rules } : {})})`,
  )) as AxeResults;
  const found = results.violations
    .filter(({ impact }) => GRAVE.has(impact ?? ''))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
  assert.deepEqual(found, [], `axe on ${page.url()}`);
}
