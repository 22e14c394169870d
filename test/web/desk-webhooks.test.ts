import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible } from '../support/axe.ts';
import { browserMissing, closeBrowser } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { until } from '../support/shop.ts';
import { atDesk, openOther, sell, startShop } from './desk-shop.ts';

const skip = await browserMissing();
const HOSTILE = '<script>document.title = "mine"</script>';

describe('webhooks at the desk', { skip }, () => {
  let market: TestMarket;
  let receiver: Receiver;
  let path: string;
  let secret: string;
  before(async () => {
    market = await startShop();
    receiver = await startReceiver();
  });
  after(async () => {
    await closeBrowser();
    await receiver[Symbol.asyncDispose]();
    await market[Symbol.asyncDispose]();
  });

  it('are added without scripts, and show their secret in that answer only', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    await page.goto('/desk/webhooks');
    await page.getByLabel('URL').fill('http://10.0.0.1/hook');
    await page.getByRole('button', { name: 'Add the webhook' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('URL').fill(receiver.url);
    await page.getByLabel('What it is for').fill('books');
    await page.getByText('What it is told of').click();
    await page.getByLabel('order.paid').check();
    const [answer] = await Promise.all([
      page.waitForResponse((one) => one.request().method() === 'POST'),
      page.getByRole('button', { name: 'Add the webhook' }).click(),
    ]);
    assert.equal(answer.headers()['cache-control'], 'no-store');
    secret = await page.locator('.secret code').innerText();
    assert.match(secret, /^whsec_/);
    const body = answer.request().postData()!;
    await page.goto('/desk/webhooks');
    await page.getByRole('link', { name: receiver.url }).click();
    path = new URL(page.url()).pathname;
    assert.equal((await page.content()).includes(secret), false);

    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: market.server.url,
    };
    const again = await page.request.post('/desk/webhooks', { data: body, headers });
    assert.equal(again.status(), 200);
    assert.equal(await market.db.prisma.webhookEndpoint.count(), 1, 'sent twice, it is added once');
  });

  it('tell of a real sale, signed, and show how each attempt went', async () => {
    receiver.answer = (res) => res.writeHead(500).end(HOSTILE);
    await using seller = await atDesk(market, { theme: 'dark' });
    const { page, complaints } = seller;
    await page.goto(path);
    await page.getByText('Nothing was sent yet').waitFor();
    const { sales } = await sell(market);
    const { body } = await receiver.hears('order.paid', secret);
    assert.equal((body.data as { orderId: string }).orderId, sales[0]!.orderId);
    const delivery = page.locator('.deliveries li', { hasText: 'order.paid' }).first();
    await delivery.getByText('1 attempt').click();
    await delivery.getByText('answered 500').waitFor();
    await delivery.getByText(HOSTILE).waitFor();
    await page.reload();
    await page.getByText('Every attempt has failed since').waitFor();
    await page.locator('.deliveries summary').first().click();
    await assertAccessible(page);
    assert.equal((await page.title()).startsWith('Webhook'), true);

    receiver.answer = (res) => res.writeHead(204).end();
    const before = receiver.received.length;
    await delivery.getByRole('button', { name: 'Send again' }).press('Enter');
    await page.getByRole('status').getByText('being sent again').waitFor();
    await until(async () => receiver.received.length > before);
    await delivery.getByText('delivered').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('are tried, paused, taken up again, given another secret and deleted', async () => {
    await using seller = await atDesk(market, { width: 320 });
    const { page, complaints } = seller;
    await page.goto(path);
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await receiver.hears('webhook.test', secret);
    await page.getByRole('button', { name: 'Show the secret' }).click();
    assert.equal(await page.locator('.secret code').innerText(), secret);
    await page.waitForURL(`**${path}`);
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('You disabled it.').waitFor();
    await assertAccessible(page);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
    await page.locator('.deliveries button').first().click();
    await page.getByText('The webhook is disabled. Enable it first.').waitFor();
    await page.goto(path);
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('status').waitFor();
    await page.getByRole('link', { name: 'Change' }).click();
    assert.ok(await page.getByLabel('order.paid').isChecked());
    await page.getByLabel('What it is for').fill('the <books>');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('the <books>').waitFor();

    await page.getByRole('link', { name: 'New secret' }).click();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    const next = await page.locator('.secret code').innerText();
    assert.notEqual(next, secret);
    receiver.received.length = 0;
    await page.goto(path);
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await receiver.hears('webhook.test', next);
    assert.deepEqual(complaints, []);
  });

  it('A35 are nobody else’s', async () => {
    const delivery = await market.db.prisma.webhookDelivery.findFirstOrThrow({});
    await using other = await atDesk(market, {}, await openOther(market));
    const { page } = other;
    for (const each of ['', '/edit', '/rotate', '/delete']) {
      assert.equal((await page.goto(path + each))?.status(), 404, each);
    }
    await page.goto('/desk/webhooks');
    const csrf = await page.locator('main input[name=csrf]').first().inputValue();
    const post = async (to: string, form: Record<string, string>, origin = market.server.url) =>
      (await page.request.post(to, { form, headers: { origin } })).status();
    for (const each of ['test', 'enable', 'disable', 'secret', 'rotate', 'delete', 'edit']) {
      assert.equal(await post(`${path}/${each}`, { csrf, url: receiver.url }), 404, each);
    }
    const redeliver = `/desk/webhook-deliveries/${delivery.id}/redeliver`;
    assert.equal(await post(redeliver, { csrf }), 404);
    assert.equal(await post('/desk/webhooks', { url: receiver.url }), 403, 'without a token');
    const foreign = await post(
      '/desk/webhooks',
      { csrf, url: receiver.url },
      'https://evil.example',
    );
    assert.equal(foreign, 403);
  });

  it('are deleted once that is confirmed', async () => {
    await using seller = await atDesk(market, { javaScript: false });
    const { page } = seller;
    await page.goto(path);
    await page.getByRole('link', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the webhook' }).click();
    await page.getByRole('status').getByText('deleted').waitFor();
    await page.getByText('You have none yet.').waitFor();
    assert.equal((await page.goto(path))?.status(), 404);
  });
});
