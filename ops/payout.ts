// npm run payout: puts right by hand what became of a payout, where database or node was restored and has forgotten it.
import { ConfigError, readConfig } from '../boot/config.ts';
import { type Context, openContext, openPayer } from '../boot/context.ts';
import { isRefusal } from '../domain/refusal.ts';
import { endPayout } from '../flow/pay-out.ts';
import { enterWithdrawal } from '../flow/request-payout.ts';
import type { SentPayment } from '../ports/lightning.ts';

const USAGE = `usage: npm run payout -- enter PAYMENT_HASH SELLER_ID   the node has sent it, the database has forgotten it
       npm run payout -- paid PAYOUT_ID PREIMAGE       the node has forgotten it, the payee shows the preimage
       npm run payout -- failed PAYOUT_ID              the node has forgotten it, and it was not paid`;
const HASH = /^[0-9a-f]{64}$/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

try {
  const done = plan(process.argv.slice(2));
  const config = readConfig({ LOG_LEVEL: 'silent', ...process.env });
  const context = openContext(config, 'payout');
  console.log(await done(context).finally(() => context.close()));
  process.exit(0);
} catch (error) {
  const isPlain = error instanceof ConfigError;
  console.error(isPlain ? error.message : `nothing was changed: ${(error as Error).message}`);
  process.exit(1);
}

function plan([deed, first = '', second]: string[]): (context: Context) => Promise<string> {
  if (deed === 'enter' && HASH.test(first) && second && ID.test(second)) {
    return (context) => enter(context, first, second);
  }
  if (deed === 'paid' && ID.test(first) && second && HASH.test(second)) {
    return (context) => end(context, first, Buffer.from(second, 'hex'));
  }
  if (deed === 'failed' && ID.test(first) && !second) return (context) => end(context, first, null);
  throw new ConfigError(USAGE);
}

async function enter({ config, prisma }: Context, hash: string, sellerId: string): Promise<string> {
  const payer = openPayer(config);
  if (!payer) throw new Error('LND_PAYOUT_MACAROON must open the node that has sent it');
  const seller = await prisma.seller.findUnique({ where: { id: sellerId } });
  if (!seller) throw new Error('there is no such seller');
  const sent = await find(payer.sent(), hash);
  if (!sent) throw new Error('the node has sent nothing of that hash');
  const nodeKey = await payer.nodeKey();
  const payout = await enterWithdrawal({ prisma }, sellerId, { ...sent, nodeKey });
  if (isRefusal(payout)) throw new Error(payout.detail);
  const { amountMsat, feeMsat } = sent;
  return `Payout ${payout.id} of ${seller.name}: ${amountMsat} msat, and ${feeMsat} for the routing.`;
}

async function end(context: Context, id: string, preimage: Uint8Array | null): Promise<string> {
  const ended = await endPayout(context, id, preimage);
  if (isRefusal(ended)) throw new Error(ended.detail);
  return `Payout ${id} is ${ended.state}.`;
}

async function find(all: AsyncIterable<SentPayment>, hash: string): Promise<SentPayment | null> {
  for await (const sent of all) {
    if (Buffer.from(sent.paymentHash).toString('hex') === hash) return sent;
  }
  return null;
}
