import { amountMsatOf } from './invoice-amount.ts';
import type { Paid } from './paid.ts';

const UNKNOWN =
  'Your wallet has not said how it ended. The payment may still arrive: do not pay again. This page says when it is there.';

/** Shows the buttons of wallets that this browser can reach; each is loaded when it is asked for. */
export function offerWallets(root: HTMLElement): void {
  const wallets = root.querySelector<HTMLElement>('#wallets');
  if (!wallets) return;
  wallets.hidden = false;
  const { bolt11 = '', amountMsat = '' } = wallets.dataset;
  const said = root.querySelector<HTMLElement>('#wallet-said')!;
  const webln = root.querySelector<HTMLButtonElement>('#pay-webln')!;
  const nwc = root.querySelector<HTMLButtonElement>('#pay-nwc')!;
  const isRight = amountMsatOf(bolt11) === BigInt(amountMsat);
  if (!isRight) {
    wallets.hidden = true;
    said.textContent = 'The invoice is not over the amount of this order. Do not pay it.';
    return;
  }
  // Wallets put themselves into a page when it is loaded, or a little later.
  const reveal = () => {
    webln.hidden = !('webln' in window);
  };
  reveal();
  window.addEventListener('webln:ready', reveal, { once: true });
  webln.addEventListener('click', async () => {
    const { payWithWebln } = await import('./webln.ts');
    await pay(webln, said, () => payWithWebln(bolt11));
  });
  nwc.addEventListener('click', async () => {
    const { openNwcForm } = await import('./nwc-form.ts');
    openNwcForm(root.querySelector<HTMLElement>('#nwc-place')!, (button, send) =>
      pay(button, said, () => send(bolt11)),
    );
  });
}

async function pay(
  button: HTMLButtonElement,
  said: HTMLElement,
  send: () => Promise<Paid>,
): Promise<void> {
  button.disabled = true;
  said.textContent = 'Asking your wallet…';
  const paid = await send();
  if (paid === 'paid') said.textContent = 'Paid. Waiting for the market to see it…';
  else if (paid === 'unknown') said.textContent = UNKNOWN;
  else {
    said.textContent = `${paid.failed} Nothing was paid.`;
    button.disabled = false;
    button.focus();
  }
}
