import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Wallet } from '../server/wallet.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, type Visitor, visitor } from '../support/browser.ts';
import { startMarket, type TestMarket } from '../support/market.ts';

const skip = await browserMissing();
after(closeBrowser);

describe('logging in with a wallet', { skip }, () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());

  for (const theme of ['light', 'dark'] as const) {
    it(`goes on by itself once the wallet has signed (${theme})`, async () => {
      await using ada = await visitor({ origin: market.server.url, theme, width: 320 });
      const { page } = ada;
      await page.goto('/login?next=/help');
      await page.getByRole('button', { name: 'Use my wallet' }).click();
      await assertAccessible(page);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= 320'), true);
      assert.deepEqual(await new Wallet().answer(await lnurlOf(ada)), { status: 'OK' });
      await page.waitForURL('**/help');
      await page.getByRole('button', { name: 'Log out' }).waitFor();
      assert.deepEqual(ada.complaints, []);
    });
  }

  it('needs a press of a button without JavaScript, and not a script', async () => {
    await using bob = await visitor({ origin: market.server.url, javaScript: false });
    const { page } = bob;
    await page.goto('/login/wallet?next=/help');
    await page.getByRole('button', { name: 'Show me a code' }).click();
    const lnurl = await lnurlOf(bob);
    await page.getByRole('button', { name: 'I have signed' }).click();
    assert.match(await page.getByRole('status').first().innerText(), /not answered yet/);
    assert.equal(await lnurlOf(bob), lnurl);
    await new Wallet().answer(lnurl);
    await page.getByRole('button', { name: 'I have signed' }).click();
    await page.waitForURL('**/help');
  });

  it('asks for a new code in one click when the old one is over', async () => {
    await using eve = await visitor({ origin: market.server.url });
    const { page } = eve;
    await page.goto('/login/wallet');
    await page.getByRole('button', { name: 'Show me a code' }).click();
    const old = await lnurlOf(eve);
    await market.db.prisma
      .$executeRaw`UPDATE login_challenges SET expires_at = now() - interval '1 s'`;
    await page.getByText('This code is over').waitFor();
    assert.equal(await page.getByRole('img', { name: /QR/ }).isVisible(), false);
    await page.getByRole('button', { name: 'Show me a new code' }).click();
    assert.notEqual(await lnurlOf(eve), old);
    assert.equal((await new Wallet().answer(old)).status, 'ERROR');
  });
});

async function lnurlOf({ page }: Visitor): Promise<string> {
  const href = await page.getByRole('link', { name: 'Open in a wallet here' }).getAttribute('href');
  assert.match(href!, /^lightning:LNURL1/);
  return href!.slice('lightning:'.length);
}
