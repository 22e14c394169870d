import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ln, playground, until } from './harness.ts';

const CAPACITY_SATS = 1_000_000n;

test('a drained buyer gets a new channel and pays more than it ever had', async () => {
  await using play = await playground(CAPACITY_SATS);
  const { market, buyer } = play;
  let paidSats = 0;
  while (paidSats < Number(CAPACITY_SATS) * 1.2) {
    const { request } = await ln.createInvoice({ lnd: market, tokens: 200_000 });
    await until('the buyer has enough', async () => {
      const balance = await ln.getChannelBalance({ lnd: buyer });
      return balance.channel_balance > 220_000;
    });
    await ln.payViaPaymentRequest({ lnd: buyer, request });
    paidSats += 200_000;
    await until('both hops are refilled', async () => {
      const [from, to] = await Promise.all([
        ln.getChannelBalance({ lnd: buyer }),
        ln.getChannelBalance({ lnd: market }),
      ]);
      return from.channel_balance > 250_000 && (to.inbound ?? 0) > 250_000;
    });
  }
  const { channels } = await ln.getChannels({ lnd: buyer });
  assert.ok(channels.length > 1);
});
