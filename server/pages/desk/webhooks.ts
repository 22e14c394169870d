import type { Router } from 'express';
import { newWebhook } from '../../../contract/webhook-endpoint.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { nowMs } from '../../../flow/clock.ts';
import { readDeliveries, redeliver, testWebhook } from '../../../flow/webhook-deliveries.ts';
import * as webhooks from '../../../flow/webhook-endpoints.ts';
import { rotateWebhookSecret, secretOf } from '../../../flow/webhook-secrets.ts';
import type { WebhookEndpoint } from '../../../prisma/client/client.ts';
import {
  deleteWebhookPage,
  editWebhookPage,
  rotateSecretPage,
} from '../../../web/pages/desk/change-webhook.ts';
import type { Done } from '../../../web/pages/desk/done.ts';
import { webhookPage } from '../../../web/pages/desk/webhook.ts';
import { webhooksPage } from '../../../web/pages/desk/webhooks.ts';
import { EMPTY_FORM, type FormState } from '../../../web/parts/form.ts';
import { toCursor } from '../../cursor.ts';
import { presentDelivery, presentWebhook } from '../../present/webhook.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { newFormToken } from '../form-token.ts';
import { GoTo, pageRouter, type SellerVisit } from '../page-router.ts';
import { afterOf, asked, idIn } from './asked.ts';
import { onceOf } from './once.ts';

const PAGE = 10;

export function webhookPages(deps: PageDeps): Router {
  const { prisma } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/webhooks', (visit) => list(visit, EMPTY_FORM));

  pages.seller.post('/desk/webhooks', async (visit) => {
    const read = readWebhookForm(visit);
    if ('faults' in read) return list(visit, read);
    const once = onceOf('createWebhook', visit);
    const made = await webhooks.createWebhook(deps, visit.sellerId, read.data, once);
    if (isRefusal(made)) return list(visit, refusedForm(made, visit));
    return show(visit, made, { secret: secretOf(deps, made) });
  });

  pages.seller.get('/desk/webhooks/:id', async (visit) => {
    const found = await find(visit);
    return found && show(visit, found);
  });

  pages.seller.get('/desk/webhooks/:id/edit', async (visit) => {
    const found = await find(visit);
    if (!found) return null;
    const { url, description, events } = found;
    const form = { values: { url, description }, faults: {} };
    return editWebhookPage(
      presentWebhook(found),
      { form, events, once: newFormToken() },
      visit.viewer,
    );
  });

  pages.seller.post('/desk/webhooks/:id/edit', async (visit) => {
    const found = await find(visit);
    if (!found) return null;
    const read = readWebhookForm(visit);
    const changed =
      'faults' in read
        ? null
        : await webhooks.updateWebhook(deps, visit.sellerId, found.id, read.data);
    if (changed && !isRefusal(changed)) return backTo(found, 'webhook-changed');
    const form = 'faults' in read ? read : refusedForm(changed as Refusal, visit);
    const events = visit.all('events');
    return editWebhookPage(
      presentWebhook(found),
      { form, events, once: newFormToken() },
      visit.viewer,
    );
  });

  pages.seller.post('/desk/webhooks/:id/test', (visit) =>
    act(visit, 'test-sent', ({ id }) => testWebhook(prisma, visit.sellerId, id)),
  );

  pages.seller.post('/desk/webhooks/:id/enable', (visit) =>
    act(visit, 'webhook-enabled', ({ id }) => webhooks.enableWebhook(prisma, visit.sellerId, id)),
  );

  pages.seller.post('/desk/webhooks/:id/disable', (visit) =>
    act(visit, 'webhook-disabled', ({ id }) => webhooks.disableWebhook(prisma, visit.sellerId, id)),
  );

  pages.seller.get('/desk/webhooks/:id/secret', async (visit) => {
    const found = await find(visit);
    return found && new GoTo(`/desk/webhooks/${found.id}`);
  });

  pages.seller.post('/desk/webhooks/:id/secret', async (visit) => {
    const found = await find(visit);
    return found && show(visit, found, { secret: secretOf(deps, found) });
  });

  pages.seller.get('/desk/webhooks/:id/rotate', async (visit) => {
    const found = await find(visit);
    return found && rotateSecretPage(presentWebhook(found), newFormToken(), visit.viewer);
  });

  pages.seller.post('/desk/webhooks/:id/rotate', async (visit) => {
    const found = await find(visit);
    if (!found) return null;
    const once = onceOf('rotateWebhookSecret', visit);
    const rotated = await rotateWebhookSecret(deps, visit.sellerId, found.id, once);
    if (isRefusal(rotated)) return show(visit, found, { form: refusedForm(rotated, visit) });
    return show(visit, rotated, { secret: secretOf(deps, rotated) });
  });

  pages.seller.get('/desk/webhooks/:id/delete', async (visit) => {
    const found = await find(visit);
    return found && deleteWebhookPage(presentWebhook(found), visit.viewer);
  });

  pages.seller.post('/desk/webhooks/:id/delete', async (visit) => {
    const found = await find(visit);
    if (!found) return null;
    await webhooks.deleteWebhook(prisma, visit.sellerId, found.id);
    return new GoTo('/desk/webhooks?done=webhook-deleted');
  });

  pages.seller.post('/desk/webhook-deliveries/:id/redeliver', async (visit) => {
    const id = idIn(visit.params);
    const delivery = id && (await redeliver(prisma, visit.sellerId, id));
    if (!delivery || isRefusal(delivery)) return delivery || null;
    return backTo({ id: delivery.endpointId }, 'redelivered');
  });

  async function find({ sellerId, params }: SellerVisit): Promise<WebhookEndpoint | null> {
    const id = idIn(params);
    const found = id && (await webhooks.readWebhook(prisma, sellerId, id));
    return found && !isRefusal(found) ? found : null;
  }

  async function act(
    visit: SellerVisit,
    done: Done,
    run: (found: WebhookEndpoint) => Promise<object>,
  ) {
    const found = await find(visit);
    if (!found) return null;
    const result = await run(found);
    if (isRefusal(result)) return show(visit, found, { form: refusedForm(result, visit) });
    return backTo(found, done);
  }

  async function list(visit: SellerVisit, form: FormState) {
    const rows = await webhooks.readWebhooks(prisma, visit.sellerId);
    return webhooksPage(
      {
        webhooks: rows.map(presentWebhook),
        form,
        events: visit.all('events'),
        once: newFormToken(),
        nowMs: await nowMs(prisma),
        done: visit.query.done,
      },
      visit.viewer,
    );
  }

  async function show(
    { sellerId, query, res, viewer }: SellerVisit,
    row: WebhookEndpoint,
    { secret = null, form = EMPTY_FORM }: { secret?: string | null; form?: FormState } = {},
  ) {
    const after = afterOf(query);
    if (typeof after === 'object') return after;
    const page = await readDeliveries(prisma, sellerId, row.id, { limit: PAGE, after });
    if (isRefusal(page)) return page;
    if (secret !== null) res.setHeader('Cache-Control', 'no-store');
    return webhookPage(
      {
        webhook: presentWebhook(row),
        deliveries: page.deliveries.map(presentDelivery),
        nextCursor: page.next && toCursor(page.next),
        query: asked(query),
        secret,
        form,
        nowMs: await nowMs(prisma),
        done: query.done,
      },
      viewer,
    );
  }

  return pages.router;
}

function backTo({ id }: { id: string }, done: Done): GoTo {
  return new GoTo(`/desk/webhooks/${id}?done=${done}`);
}

function readWebhookForm(visit: SellerVisit) {
  const { url = '', description = '' } = visit.form;
  const input = { url: url.trim(), description: description.trim(), events: visit.all('events') };
  return readForm(newWebhook, input, visit.form);
}

function refusedForm(refusal: Refusal, { form }: SellerVisit): FormState {
  return refused(refusal, form, refusal.refused === 'webhook-url' ? 'url' : '');
}
