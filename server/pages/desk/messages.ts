import type { Router } from 'express';
import { z } from 'zod';
import { messageName, messageSeq } from '../../../contract/message.ts';
import { hex32, slug } from '../../../contract/primitives.ts';
import { faultOfMessage, type Said } from '../../../domain/message.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { readListingNames } from '../../../flow/read-listing-names.ts';
import {
  countReached,
  findBuyer,
  markThreadRead,
  readMessages,
} from '../../../flow/read-messages.ts';
import { sendToBuyers } from '../../../flow/send-message.ts';
import { pass } from '../../../http/limits.ts';
import { SENT } from '../../../http/operate.ts';
import { messagesPage, threadPath } from '../../../web/pages/desk/messages.ts';
import { newMessagePage, reviewMessagePage } from '../../../web/pages/desk/new-message.ts';
import { threadPage } from '../../../web/pages/desk/thread.ts';
import { EMPTY_FORM, type FormState } from '../../../web/parts/form.ts';
import { fromNumberCursor, toCursor } from '../../cursor.ts';
import { presentMessage } from '../../present/message.ts';
import { asMessageFilter } from '../../read-message-query.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { newFormToken } from '../form-token.ts';
import { GoTo, pageRouter, type SellerVisit } from '../page-router.ts';
import { asked, noCursor } from './asked.ts';
import { onceOf } from './once.ts';

const PAGE = 25;

export function messagePages(deps: PageDeps): Router {
  const { prisma, limiter } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/messages', async ({ sellerId, query }) => {
    const values = asked(query);
    const after = afterOf(values);
    if (isNoCursor(after)) return after;
    const read = readSearch(values);
    const filter = 'data' in read ? read.data : {};
    const [listings, page] = await Promise.all([
      readListingNames(prisma, sellerId),
      readMessages(prisma, sellerId, filter, { limit: PAGE, after }),
    ]);
    return messagesPage({
      messages: page.messages.map(presentMessage),
      nextCursor: cursorOf(page.next),
      listings,
      search: 'data' in read ? { values, faults: {} } : read,
      done: query.done,
    });
  });

  pages.seller.get('/desk/messages/new', (visit) => {
    const { listing = '' } = visit.query;
    return write(visit, { values: { listing }, faults: {} });
  });

  pages.seller.get('/desk/messages/review', () => new GoTo('/desk/messages/new'));

  pages.seller.post('/desk/messages/review', (visit) => review(visit, EMPTY_FORM.faults));

  pages.seller.post('/desk/messages', async (visit) => {
    const { sellerId, form, res } = visit;
    const read = readBroadcast(form);
    if ('faults' in read) return write(visit, read);
    if (!pass(res, await limiter.take('mailings', sellerId))) return SENT;
    const { listing, ...said } = read.data;
    const message = { sellerId, slug: listing, to: null, ...said };
    const sent = await sendToBuyers(prisma, message, onceOf('sendMessage', visit));
    if (isRefusal(sent)) return review(visit, refused(sent, form).faults);
    return new GoTo('/desk/messages?done=message-sent');
  });

  pages.seller.get('/desk/messages/:slug/:key', async (visit) => {
    const buyer = await find(visit);
    return buyer && thread(visit, buyer, EMPTY_FORM);
  });

  pages.seller.post('/desk/messages/:slug/:key', async (visit) => {
    const buyer = await find(visit);
    if (!buyer) return null;
    const { sellerId, form, res } = visit;
    const read = readSaid(form);
    if ('faults' in read) return thread(visit, buyer, read);
    if (!pass(res, await limiter.take('mailings', sellerId))) return SENT;
    const message = { sellerId, slug: buyer.listing, to: buyer.key, ...read.data };
    const sent = await sendToBuyers(prisma, message, onceOf('sendMessage', visit));
    if (isRefusal(sent)) return thread(visit, buyer, refused(sent, form));
    await see(visit, buyer);
    return new GoTo(`${threadPath(buyer)}?done=message-sent`);
  });

  pages.seller.post('/desk/messages/:slug/:key/read', async (visit) => {
    const buyer = await find(visit);
    if (!buyer) return null;
    await see(visit, buyer);
    return new GoTo(threadPath(buyer));
  });

  /** Up to the message that was on the page: one that came since is not seen. */
  async function see(
    { sellerId, form }: SellerVisit,
    { listing: listingSlug, key: buyerKey }: Buyer,
  ) {
    const upTo = messageSeq.safeParse(form.upTo).data;
    if (upTo !== undefined) {
      await markThreadRead(prisma, sellerId, { listingSlug, buyerKey }, BigInt(upTo));
    }
  }

  async function write({ sellerId, viewer }: SellerVisit, form: FormState) {
    return newMessagePage(await readListingNames(prisma, sellerId), form, viewer);
  }

  async function review(visit: SellerVisit, faults: FormState['faults']) {
    const { form, viewer, sellerId } = visit;
    const read = readBroadcast(form);
    if ('faults' in read) return write(visit, read);
    const { listing, body } = read.data;
    const listings = await readListingNames(prisma, sellerId);
    if (!listings.some((each) => each.slug === listing)) return null;
    const reaches = await countReached(prisma, listing);
    const once = newFormToken();
    const view = { listing, reaches, body, form: { values: form, faults }, once };
    return reviewMessagePage(view, viewer);
  }

  async function find({ sellerId, params }: SellerVisit): Promise<Buyer | null> {
    const listing = slug.safeParse(params.slug).data;
    const buyerKey = hex32.safeParse(params.key).data;
    if (listing === undefined || buyerKey === undefined) return null;
    const key = Uint8Array.from(Buffer.from(buyerKey, 'hex'));
    const grantId = await findBuyer(prisma, sellerId, listing, key);
    return grantId === null ? null : { listing, buyerKey, key, grantId };
  }

  async function thread({ sellerId, viewer, query }: SellerVisit, buyer: Buyer, form: FormState) {
    const after = afterOf(query);
    if (isNoCursor(after)) return after;
    const filter = { listingSlug: buyer.listing, buyerKey: buyer.key };
    const page = await readMessages(prisma, sellerId, filter, { limit: PAGE, after });
    const messages = page.messages.map(presentMessage);
    const nextCursor = cursorOf(page.next);
    const view = { ...buyer, messages, nextCursor, query: asked(query), form };
    return threadPage({ ...view, once: newFormToken() }, viewer);
  }

  return pages.router;
}

interface Buyer {
  listing: string;
  buyerKey: string;
  key: Uint8Array<ArrayBuffer>;
  grantId: string;
}

function afterOf({ cursor }: Record<string, string>): bigint | undefined | Refusal {
  return cursor ? (fromNumberCursor(cursor) ?? noCursor()) : undefined;
}

function isNoCursor(after: bigint | undefined | Refusal): after is Refusal {
  return typeof after === 'object';
}

function cursorOf(seq: bigint | null): string | null {
  return seq === null ? null : toCursor(seq.toString());
}

const said = z.object({
  name: messageName,
  as: z.enum(['text', 'json']).default('text'),
  body: z.string().min(1, 'must say something'),
});

/** What a form says; a text ends its lines as the web has them, and is sent as it was typed. */
function readSaid(form: Record<string, string>): { data: Said } | FormState {
  const read = readForm(said, form, form);
  if ('faults' in read) return read;
  const { name, as, body } = read.data;
  const content = as === 'json' ? parsed(body) : body.replaceAll('\r\n', '\n');
  if (content === undefined) {
    return { values: form, faults: { body: 'That is no JSON: send it as text?' } };
  }
  const message = { name, body: content };
  const fault = faultOfMessage(message);
  return fault ? refused(fault, form, 'body') : { data: message };
}

function readBroadcast(
  form: Record<string, string>,
): { data: Said & { listing: string } } | FormState {
  const listing = readForm(z.object({ listing: slug }), form, form);
  const message = readSaid(form);
  if ('faults' in listing || 'faults' in message) {
    const faults = [listing, message].map((each) => ('faults' in each ? each.faults : {}));
    return { values: form, faults: Object.assign({}, ...faults) };
  }
  return { data: { ...listing.data, ...message.data } };
}

function parsed(text: string): Said['body'] | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const search = z.object({
  listing: slug.optional(),
  show: z.enum(['all', 'unread', 'to-seller', 'to-buyer']).default('all'),
  name: messageName.optional(),
  buyerKey: hex32.optional(),
});

function readSearch(values: Record<string, string>) {
  const read = readForm(search, values, values);
  if ('faults' in read) return read;
  const { show, ...rest } = read.data;
  const direction = show === 'to-seller' || show === 'to-buyer' ? show : undefined;
  const unread = show === 'unread' ? true : undefined;
  return { data: asMessageFilter({ ...rest, direction, unread }) };
}
