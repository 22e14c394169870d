import { connect, type Payable, sandboxWallet } from '../../buyer/index.ts';

/** What a buyer's process is told to do, as JSON in its first argument. */
export interface Errand {
  card: unknown;
  home: string;
  sandboxDir: string;
  plan: string;
  /** Opens what was bought before instead of buying. */
  isBought?: boolean;
  /** How many seconds of plan `plan`'s price may be spent for renewals, and how long ahead they are made. */
  renew?: { budgetMsat: string; aheadMs: number };
  /** Where to stop for ever, once this has happened so often: to be killed there. */
  stopAt?: { step: Step; times: number };
  /** Reads this many blocks and ends; left out: stays until it is killed or its access ends. */
  blocks?: number;
}

/** `ordered`: before the wallet is asked. `asked`: the wallet is, and has not paid. `paid`: it has, and has not said so. */
export type Step = 'ordered' | 'asked' | 'paid' | 'waiting';

const errand: Errand = JSON.parse(process.argv[2] ?? '');
const { home, plan, renew, stopAt, blocks } = errand;
const happened = new Map<Step, number>();

function say(event: string, more: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
}

async function reach(step: Step): Promise<void> {
  const times = (happened.get(step) ?? 0) + 1;
  happened.set(step, times);
  if (stopAt?.step !== step || stopAt.times !== times) return;
  say('stopped', { step });
  await new Promise(() => undefined);
}

const node = await sandboxWallet(errand.sandboxDir);
const wallet = async (payable: Payable) => {
  await reach('asked');
  const outcome = await node.pay(payable);
  await reach('paid');
  return outcome;
};
const options = {
  wallet,
  onProgress: async ({ step }: { step: string }) => {
    if (step === 'paying') await reach('ordered');
    if (step === 'waiting') await reach('waiting');
  },
  ...(renew && { renew: { ...renew, plan, budgetMsat: BigInt(renew.budgetMsat) } }),
};

await using offer = await connect(errand.card, { home });
const purchase = errand.isBought ? await offer.purchase(options) : await offer.buy(plan, options);
if (purchase === null) {
  say('no-access');
  process.exit(3);
}
say('open', { access: purchase.access.state, timeLeft: purchase.timeLeft });
purchase.on('renewed', ({ id }) => say('renewed', { id }));
purchase.on('renewal-failed', ({ code }) => say('renewal-failed', { code }));
purchase.on('invalid', ({ reason }) => say('invalid', { reason }));
purchase.on('expiring', ({ leftMs }) => say('expiring', { leftMs }));
const { kind } = purchase.replica;
if (kind === 'hyperbee') {
  for await (const { key, value } of purchase.bee.createReadStream()) say('entry', { key, value });
}
if (kind === 'hyperdrive') {
  for await (const { key } of purchase.drive.list('/')) {
    say('file', { path: key, text: String(await purchase.drive.get(key)) });
  }
}
let read = 0;
try {
  for await (const block of purchase.blocks({ live: true })) {
    say('block', kind === 'hypercore' ? { block: JSON.parse(block.toString()) } : {});
    read += 1;
    if (read === blocks) break;
  }
} catch (error) {
  say('ended', { code: (error as { code?: string }).code });
}
await offer.close();
process.exit(0);
