import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { type WebhookType, webhookBody, webhookType } from '../../contract/webhook.ts';

const text = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');

describe('docs/webhooks.md', () => {
  it('names every type of event, and no other', () => {
    const named = [...text.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, type]) => type);
    assert.deepEqual(named, webhookType.options);
  });

  it('shows a message of every kind, as the contract has it', () => {
    const shown = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) =>
      JSON.parse(json),
    );
    for (const body of shown) webhookBody[body.type as WebhookType].strict().parse(body);
    const kinds = (types: string[]) => [...new Set(types.map((type) => type.split('.')[0]))];
    assert.deepEqual(kinds(shown.map(({ type }) => type)), kinds(webhookType.options));
  });
});
