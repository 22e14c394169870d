// npm run enter-payout -- HASH SELLER: enters a payout that the node has sent and the database has forgotten.
import { ConfigError, readConfig } from '../boot/config.ts';
import { openContext, openPayer } from '../boot/context.ts';
import { isRefusal } from '../domain/refusal.ts';
import { enterWithdrawal } from '../flow/request-payout.ts';
import type { Lightning, SentPayment } from '../ports/lightning.ts';

const [hash = '', sellerId = ''] = process.argv.slice(2);

try {
  if (!/^[0-9a-f]{64}$/.test(hash) || !/^[0-9a-f-]{36}$/.test(sellerId)) {
    throw new ConfigError('usage: npm run enter-payout -- PAYMENT_HASH SELLER_ID');
  }
  console.log(await enter());
  process.exit(0);
} catch (error) {
  console.error(
    error instanceof ConfigError ? error.message : `not entered: ${(error as Error).message}`,
  );
  process.exit(1);
}

async function enter(): Promise<string> {
  const config = readConfig({ LOG_LEVEL: 'silent', ...process.env });
  const payer = openPayer(config);
  if (!payer) throw new ConfigError('LND_PAYOUT_MACAROON must open the node that has sent it');
  const { prisma, close } = openContext(config, 'enter-payout');
  try {
    const seller = await prisma.seller.findUnique({ where: { id: sellerId } });
    if (!seller) throw new Error('there is no such seller');
    const sent = await sentAs(payer, hash);
    if (!sent) throw new Error('the node has sent nothing of that hash');
    const nodeKey = await payer.nodeKey();
    const payout = await enterWithdrawal({ prisma }, sellerId, { ...sent, nodeKey });
    if (isRefusal(payout)) throw new Error(payout.detail);
    return `Payout ${payout.id} of ${seller.name}: ${sent.amountMsat} msat, and ${sent.feeMsat} for the routing.`;
  } finally {
    await close();
  }
}

async function sentAs(payer: Lightning, paymentHash: string): Promise<SentPayment | null> {
  for await (const sent of payer.sent()) {
    if (Buffer.from(sent.paymentHash).toString('hex') === paymentHash) return sent;
  }
  return null;
}
