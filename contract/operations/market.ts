import { z } from 'zod';
import { market } from '../market.ts';
import { operation } from '../operation.ts';

export const readMarket = operation({
  id: 'readMarket',
  method: 'get',
  path: '/v1/market',
  tag: 'Market',
  summary: 'Which market this is, and where its seeders are',
  access: 'public',
  success: { status: 200, description: 'The market.', body: market },
});

export const readDocument = operation({
  id: 'readDocument',
  method: 'get',
  path: '/v1/openapi.json',
  tag: 'Market',
  summary: 'This document',
  access: 'public',
  headers: z.object({ 'if-none-match': z.string().max(200).optional() }),
  success: {
    status: 200,
    description: 'OpenAPI 3.1.',
    body: z.record(z.string(), z.unknown()),
    headers: { ETag: 'Changes when the document does.' },
    also: { 304: 'It is the one that If-None-Match names.' },
  },
});

export const marketOperations = [readMarket, readDocument];
