import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Json } from '../../domain/message.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { sendToBuyers, sendToSeller } from '../../flow/send-message.ts';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser, visitor } from '../support/browser.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import type { TestMarket } from '../support/market.ts';
import { listFeed, placeOrder, type ShopListing } from '../support/shop.ts';
import { atDesk, openOther, startShop } from './desk-shop.ts';

const skip = await browserMissing();
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

describe('messages at the desk', { skip }, () => {
  let market: TestMarket;
  let listing: ShopListing;
  let ada: string;
  before(async () => {
    market = await startShop({ workers: false });
    listing = await listFeed(market, [], [{ name: 'free', kind: 'free' }]);
    ada = await buyer();
    await buyer();
  });
  after(async () => {
    await closeBrowser();
    await market[Symbol.asyncDispose]();
  });

  async function buyer(): Promise<string> {
    const { hex } = new BuyerKey();
    await placeOrder(market, listing.slug, { plan: 'free', buyerKey: hex });
    return hex;
  }
  async function hear(from: string, name: string, body: Json): Promise<void> {
    const buyerKey = Uint8Array.from(Buffer.from(from, 'hex'));
    const message = { id: randomUUID(), feedId: listing.feedId, buyerKey, name, body };
    const sent = await sendToSeller(market.db.prisma, message);
    assert.ok(!isRefusal(sent));
  }
  const said = async (name: string) => {
    const where = { where: { name }, orderBy: { seq: 'asc' as const } };
    const rows = await market.db.prisma.message.findMany(where);
    return rows.map(({ body, buyerKey }) => [
      body,
      buyerKey && Buffer.from(buyerKey).toString('hex'),
    ]);
  };

  it('are read and answered without scripts, and are seen then', async () => {
    await hear(ada, 'question', 'Is the rain\nof March missing?');
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    await page.goto('/desk');
    await page.getByRole('link', { name: 'A message of a buyer' }).click();
    await page.getByRole('link', { name: 'Is the rain of March missing?' }).click();
    assert.match(page.url(), new RegExp(`/desk/messages/${listing.slug}/${ada}$`));
    await page.getByText('unread').waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'question');
    await page.getByLabel('Message').fill('It rained\nnot at all.');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('status').getByText('Your message is sent.').waitFor();
    assert.deepEqual(await said('question'), [
      ['Is the rain\nof March missing?', ada],
      ['It rained\nnot at all.', ada],
    ]);
    assert.equal(await page.getByText('unread').count(), 0);
    await hear(ada, 'thanks', { stars: 5 });
    await page.reload();
    await page.getByRole('button', { name: 'Mark as read' }).click();
    assert.equal(await page.getByRole('button', { name: 'Mark as read' }).count(), 0);
    await page.getByText('"stars": 5').waitFor();
  });

  it('go to all buyers once it was said how many that are, and once only', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    await page.goto('/desk/messages');
    await page.getByRole('link', { name: 'Write to all buyers of a listing' }).click();
    await page.getByLabel('Listing').selectOption(listing.slug);
    await page.getByLabel('Name').fill('a b');
    await page.getByLabel('Message').fill('{"added": ["snow"');
    await page.getByLabel('Send as').selectOption('json');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('alert').getByText('Must be 1 to 64 letters').waitFor();
    await page.getByLabel('Name').fill('schema');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('alert').getByText('That is no JSON').waitFor();
    await page.getByLabel('Message').fill('{"added": ["snow"]}');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { name: 'Send to 2 buyers?' }).waitFor();
    assert.deepEqual(await said('schema'), []);
    await assertFits(page);
    const send = page.getByRole('button', { name: 'Send to 2 buyers' });
    const script = "[...new FormData(document.querySelector('main form'))]";
    const form = Object.fromEntries((await page.evaluate(script)) as [string, string][]);
    await send.click();
    await page.getByRole('status').getByText('Your message is sent.').waitFor();
    assert.deepEqual(await said('schema'), [[{ added: ['snow'] }, null]]);
    const headers = { origin: market.server.url };
    const again = await page.request.post('/desk/messages', { form, headers, maxRedirects: 0 });
    assert.equal(again.status(), 303);
    assert.equal((await said('schema')).length, 1);
  });

  it('A32 of buyers do nothing where they are shown', async () => {
    await hear(ada, 'hostile', HOSTILE);
    await hear(ada, 'hostile', { [HOSTILE]: [HOSTILE, 'x'.repeat(9_000)] });
    for (const theme of ['light', 'dark'] as const) {
      await using seller = await atDesk(market, { theme, width: 320 });
      const { page, complaints } = seller;
      for (const path of ['/desk/messages?name=hostile', `/desk/messages/${listing.slug}/${ada}`]) {
        await page.goto(path);
        await page.getByText('<img src=x onerror=').first().waitFor();
        assert.equal(await page.locator('main img, main script').count(), 0);
        assert.match(await page.title(), /^(Messages|A buyer)/);
        await assertAccessible(page);
        await assertFits(page, 320);
      }
      assert.deepEqual(complaints, []);
    }
  });

  it('are found by listing, name and buyer, and walked through page by page', async () => {
    const bob = await buyer();
    for (let n = 0; n < 30; n++) await hear(bob, 'row', n);
    await using seller = await atDesk(market);
    const { page } = seller;
    await page.goto('/desk/messages');
    await page.getByLabel('Name').fill('row');
    await page.getByRole('button', { name: 'Show' }).click();
    const rows = page.getByRole('region', { name: 'Messages' }).locator('tbody tr');
    assert.equal(await rows.count(), 25);
    await page.getByRole('link', { name: 'Older →' }).click();
    assert.equal(await rows.count(), 5);
    await page.goto(`/desk/messages?buyerKey=${bob}&show=to-buyer`);
    await page.getByText('No message is like that.').waitFor();
    await page.goto(`/desk/messages/${listing.slug}/${bob}`);
    const thread = page.locator('.thread > li');
    assert.equal(await thread.count(), 25);
    assert.match(await thread.last().innerText(), /29$/);
    await page.getByRole('link', { name: 'Older →' }).click();
    assert.match(await thread.first().innerText(), /0$/);
    await page.goto('/desk/messages?buyerKey=me');
    await page.getByRole('alert').waitFor();
  });

  it('stand on the shelf of who bought in the browser, and on nobody else’s', async () => {
    await using visit = await visitor({ origin: market.server.url, width: 320 });
    const { page, complaints } = visit;
    await page.goto(`/listings/${listing.slug}/buy?plan=free`);
    await page.locator('#order-form').getByRole('button').last().click();
    await page.waitForURL('**/orders/*');
    await page.goto('/shelf');
    const link = page.getByRole('link', { name: 'Messages' });
    const path = (await link.getAttribute('href')) ?? '';
    const { buyerKey } = await market.db.prisma.grant.findUniqueOrThrow({
      where: { id: path.split('/')[2]! },
    });
    await link.click();
    await page.getByText('The seller has written nothing.').waitFor();
    const { sellerId } = market;
    const say = (body: string, to: Uint8Array<ArrayBuffer> | null) =>
      sendToBuyers(market.db.prisma, { sellerId, slug: listing.slug, to, name: 'n', body }, null);
    await say(HOSTILE, null);
    await say('For you alone', buyerKey);
    await say('For Ada alone', Uint8Array.from(Buffer.from(ada, 'hex')));
    await page.reload();
    const heard = await page.locator('.thread .said').allInnerTexts();
    assert.deepEqual(heard, ['For you alone', HOSTILE]);
    assert.equal(await page.locator('main img, main script').count(), 0);
    await assertAccessible(page);
    await assertFits(page, 320);
    assert.deepEqual(complaints, []);
    await using stranger = await visitor({ origin: market.server.url });
    assert.equal((await stranger.page.goto(path))?.status(), 404);
  });

  it('A35 are not there for another seller, and take no form of a foreign page', async () => {
    await using other = await atDesk(market, {}, await openOther(market));
    const { page } = other;
    const path = `/desk/messages/${listing.slug}/${ada}`;
    assert.equal((await page.goto(path))?.status(), 404);
    await page.goto('/desk/messages/new');
    const csrf = await page.locator('input[name=csrf]').first().inputValue();
    const form = { csrf, listing: listing.slug, name: 'spam', as: 'text', body: 'Buy mine!' };
    const post = (to: string, from = market.server.url) =>
      page.request.post(to, { form, headers: { origin: from } });
    assert.equal((await post(path)).status(), 404);
    assert.equal((await post(`${path}/read`)).status(), 404);
    assert.equal((await post('/desk/messages/review')).status(), 404);
    assert.notEqual((await post('/desk/messages')).status(), 200);
    assert.equal((await post('/desk/messages', 'https://evil.example')).status(), 403);
    assert.deepEqual(await said('spam'), []);
  });
});

async function assertFits(page: { evaluate(script: string): Promise<unknown> }, width = 1280) {
  const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
  assert.ok(wide <= width, `${wide} px wide on a screen of ${width}`);
}
