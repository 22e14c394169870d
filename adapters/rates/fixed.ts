import { isCurrency } from '../../domain/currency.ts';
import { rateOfBitcoinPrice } from '../../domain/exchange.ts';
import type { Rate, RateSource } from '../../ports/rates.ts';

/** Rates that somebody has written down: `EUR:60000,USD:65000` is what one bitcoin costs. @throws RangeError */
export function fixedRates(text: string): RateSource {
  const rates = text.split(',').map(parse);
  return { name: 'fixed', fetch: async () => rates };
}

function parse(entry: string): Rate {
  const [currency = '', price = ''] = entry.trim().split(':');
  const perUnit = rateOfBitcoinPrice(price);
  if (perUnit === null || !isCurrency(currency)) {
    throw new RangeError(`"${entry}" is not CURRENCY:PRICE_OF_A_BITCOIN`);
  }
  return { currency, perUnit };
}
