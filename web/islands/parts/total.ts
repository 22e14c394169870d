import { fiat, sats } from '../../parts/money.ts';

const AGAIN_MS = 15_000;

/** Says what the chosen plan and quantity come to, and until when each plan would last if it were paid now. */
export function tellTotal(): void {
  const form = document.querySelector<HTMLFormElement>('.buy form');
  const total = form?.querySelector<HTMLElement>('[data-total]');
  const quantity = form?.querySelector<HTMLInputElement>('#quantity');
  if (!form || !total || !quantity) return;
  const tell = () => {
    const plan = form.querySelector<HTMLInputElement>('[name=plan]:checked');
    const isTimed = plan?.dataset.kind === 'time';
    quantity.closest<HTMLElement>('.field')!.hidden = !isTimed;
    quantity.disabled = !isTimed;
    const periods = quantity.valueAsNumber;
    for (const until of form.querySelectorAll<HTMLElement>('[data-until]')) {
      const own = until.closest('label')?.querySelector('input') === plan && periods > 0;
      until.textContent = clock(Date.now() + Number(until.dataset.until) * (own ? periods : 1));
    }
    const text = isTimed && periods > 1 && quantity.validity.valid ? price(plan, periods) : '';
    if (total.textContent !== text) total.textContent = text;
  };
  form.addEventListener('input', tell);
  setInterval(tell, AGAIN_MS);
  tell();
}

function price({ dataset }: HTMLInputElement, periods: number): string {
  const { priceMsat = '0', priceMinor, currency } = dataset;
  const inSats = sats(BigInt(priceMsat) * BigInt(periods));
  if (currency === undefined) return `Together ${inSats}`;
  return `Together ${fiat(currency, Number(priceMinor) * periods)}, about ${inSats}`;
}

/** `14:05 today`, in the reader's time zone. */
function clock(ms: number): string {
  const then = new Date(ms);
  const time = then.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const days = Math.round((midnight(then) - midnight(new Date())) / 86_400_000);
  if (days === 0) return `${time} today`;
  if (days === 1) return `${time} tomorrow`;
  return then.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

function midnight(date: Date): number {
  return new Date(date).setHours(0, 0, 0, 0);
}
