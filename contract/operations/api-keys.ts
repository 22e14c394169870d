import { z } from 'zod';
import { apiKey, apiKeyId, madeApiKey, newApiKey, rotation } from '../account.ts';
import { operation } from '../operation.ts';

const byId = z.object({ id: apiKeyId });

export const listApiKeys = operation({
  id: 'listApiKeys',
  method: 'get',
  path: '/v1/account/api-keys',
  tag: 'Accounts',
  summary: 'Your API keys',
  description: 'Keys that have ended are listed for 90 days.',
  access: 'session',
  success: {
    status: 200,
    description: 'All of them, newest first, without their secrets.',
    body: z.object({ apiKeys: z.array(apiKey) }),
  },
});

export const createApiKey = operation({
  id: 'createApiKey',
  method: 'post',
  path: '/v1/account/api-keys',
  tag: 'Accounts',
  summary: 'Make an API key',
  access: 'session',
  body: newApiKey,
  success: { status: 201, description: 'The key, shown this once.', body: madeApiKey },
  refusals: ['api-key-expiry', 'too-many-api-keys'],
});

export const revokeApiKey = operation({
  id: 'revokeApiKey',
  method: 'delete',
  path: '/v1/account/api-keys/{id}',
  tag: 'Accounts',
  summary: 'Revoke an API key at once',
  access: 'session',
  params: byId,
  success: { status: 204, description: 'It opens nothing any more.' },
  refusals: ['api-key-not-found'],
});

export const rotateApiKey = operation({
  id: 'rotateApiKey',
  method: 'post',
  path: '/v1/account/api-keys/{id}/rotate',
  tag: 'Accounts',
  summary: 'Replace an API key without downtime',
  description: 'The new key has the same label and scopes. The old one works on for the overlap.',
  access: 'session',
  params: byId,
  body: rotation,
  success: { status: 201, description: 'The new key, shown this once.', body: madeApiKey },
  refusals: ['api-key-not-found', 'api-key-ended', 'api-key-expiry', 'too-many-api-keys'],
});

export const apiKeyOperations = [listApiKeys, createApiKey, revokeApiKey, rotateApiKey];
