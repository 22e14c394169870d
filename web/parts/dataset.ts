import type { Listing, Plan } from '../../contract/index.ts';
import { lastBlockAtMs } from './activity.ts';
import { summary } from './summary.ts';

const MSAT_DIGITS_OF_BTC = 11;
const MOST_TEXT = 5_000;
const LEAST_TEXT = 50;
const MOST_VARIABLES = 50;

/**
 * A listing as search engines for data read it: https://schema.org/Dataset, as JSON-LD.
 *
 * @param origin what links begin with
 */
export function datasetJsonLd(listing: Listing, origin: string): Record<string, unknown> {
  const { slug, title, description, tags, licence, sourceUrl, seller, feed, plans } = listing;
  const url = `${origin}/listings/${slug}`;
  const modifiedMs = lastBlockAtMs(listing) ?? listing.publishedAtMs;
  const isForSale = listing.state === 'live' || listing.state === 'unlisted';
  return {
    '@context': 'https://schema.org/',
    '@type': 'Dataset',
    name: title,
    description: describe(title, description),
    url,
    identifier: feed.cores.map(({ key }) => `hyper://${key}`),
    license: licenceAddress(licence),
    ...(tags.length > 0 && { keywords: tags }),
    creator: { '@type': 'Organization', name: seller.name },
    ...(sourceUrl && { isBasedOn: sourceUrl }),
    ...(listing.publishedAtMs !== null && { datePublished: isoDate(listing.publishedAtMs) }),
    ...(modifiedMs !== null && { dateModified: isoDate(modifiedMs) }),
    isAccessibleForFree: plans.some(({ kind }) => kind === 'free'),
    ...(isForSale && { offers: plans.flatMap((plan) => offer(plan, url)) }),
    distribution: distribution(listing, origin),
    variableMeasured: variables(feed.blockSchema),
    includedInDataCatalog: { '@type': 'DataCatalog', url: `${origin}/` },
  };
}

// A search engine passes over a description that says too little.
function describe(title: string, description: string): string {
  const text = description.length >= LEAST_TEXT ? description : `${title}. ${description}`;
  return text.length <= MOST_TEXT ? text : summary(text);
}

/** The address that a licence is known by: one that stands in its text, or that of its SPDX name. */
export function licenceAddress(licence: string): string {
  const [address] = /https?:\/\/[^\s()<>"]+/.exec(licence) ?? [];
  if (address) return address;
  return /^[A-Za-z0-9][A-Za-z0-9.+-]*-[A-Za-z0-9.+-]+$/.test(licence)
    ? `https://spdx.org/licenses/${licence}.html`
    : licence;
}

function offer({ name, kind, price, priceMsat, periodMs }: Plan, url: string) {
  const cost = price
    ? { price: inMajor(price), priceCurrency: price.currency }
    : priceMsat !== null && { price: inBtc(priceMsat), priceCurrency: 'BTC' };
  if (!cost || kind === 'trial') return [];
  const duration = periodMs !== null && {
    eligibleDuration: { '@type': 'QuantitativeValue', value: periodMs / 1000, unitCode: 'SEC' },
  };
  return [
    {
      '@type': 'Offer',
      name,
      url,
      availability: 'https://schema.org/InStock',
      ...cost,
      ...duration,
    },
  ];
}

function inMajor({ currency, amountMinor }: NonNullable<Plan['price']>): string {
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  return (amountMinor / 10 ** digits).toFixed(digits);
}

function inBtc(msat: string): string {
  const digits = msat.padStart(MSAT_DIGITS_OF_BTC + 1, '0');
  const fraction = digits.slice(-MSAT_DIGITS_OF_BTC).replace(/0+$/, '');
  return digits.slice(0, -MSAT_DIGITS_OF_BTC) + (fraction && `.${fraction}`);
}

function distribution({ slug, feed, preview }: Listing, origin: string) {
  const whole = feed.cores.map(({ role, key, byteLength }) => ({
    '@type': 'DataDownload',
    name: `Hypercore of ${role}, over Hyperswarm`,
    contentUrl: `hyper://${key}`,
    contentSize: `${byteLength} B`,
    encodingFormat: feed.kind === 'hypercore' ? 'application/json' : 'application/octet-stream',
  }));
  if (preview.blocks === 0) return whole;
  return [
    ...whole,
    {
      '@type': 'DataDownload',
      name: 'Preview, without paying',
      contentUrl: `${origin}/v1/listings/${slug}/preview`,
      encodingFormat: 'application/json',
    },
  ];
}

function variables({ properties }: Record<string, unknown>) {
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties)
    .slice(0, MOST_VARIABLES)
    .map(([name, property]) => ({
      '@type': 'PropertyValue',
      name,
      ...(typeof property?.description === 'string' && { description: property.description }),
    }));
}

function isoDate(ms: number): string {
  return new Date(ms).toISOString();
}
