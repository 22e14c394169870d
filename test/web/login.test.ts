import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openAccount } from '../../flow/accounts.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { startMarket } from '../support/market.ts';

const skip = await browserMissing();
after(closeBrowser);

test('whoever logs in with a form comes back to where he was', { skip }, async () => {
  await using market = await startMarket({ workers: false });
  const account = { name: 'Ada', email: 'ada@example.org', password: 'a long enough password' };
  await openAccount(market.deps.prisma, account);
  await using ada = await visitor({ origin: market.server.url });
  const { page } = ada;

  await page.goto('/login?next=/shelf');
  await assertAccessible(page);
  await page.getByLabel('Email').fill('ada@example.org');
  await page.getByLabel('Password').fill('not this one, no');
  await page.getByRole('button', { name: 'Log in' }).click();
  assert.match(await page.getByRole('alert').innerText(), /password/i);
  assert.equal(await page.getByLabel('Email').inputValue(), 'ada@example.org');

  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL('**/shelf');
  assert.deepEqual(ada.complaints, []);
});
