import { z } from 'zod';
import {
  message,
  messagePage,
  messageQuery,
  messageSeq,
  newMessage,
  sentMessage,
} from '../message.ts';
import { operation } from '../operation.ts';
import { slug } from '../primitives.ts';

const tag = 'Messages';

export const sendMessage = operation({
  id: 'sendMessage',
  method: 'post',
  path: '/v1/seller/listings/{slug}/messages',
  tag,
  summary: 'Write to a buyer of a listing, or to all of them',
  description:
    'Its body is any JSON of at most 16 KiB, 16 levels deep. It reaches buyers over the swarm, at once or when they connect within 30 days. One to a single buyer reaches him ' +
    'also after his access has ended; one to all reaches those who have access when it is sent, as long as they have it.',
  access: 'listings',
  idempotency: 'optional',
  params: z.object({ slug }),
  body: newMessage,
  success: { status: 201, description: 'The message.', body: sentMessage },
  refusals: [
    'listing-not-found',
    'not-a-buyer',
    'message-invalid',
    'message-too-large',
    'message-not-found',
    'idempotency-key-reused',
    'idempotency-in-flight',
  ],
});

export const listMessages = operation({
  id: 'listMessages',
  method: 'get',
  path: '/v1/seller/messages',
  tag,
  summary: 'What you and your buyers said to each other',
  description: 'Kept for 30 days; of each listing at most 10,000 in each direction.',
  access: 'read',
  query: messageQuery,
  success: { status: 200, description: 'A page of them, newest first.', body: messagePage },
  refusals: ['cursor-invalid'],
});

export const readMessage = operation({
  id: 'readMessage',
  method: 'get',
  path: '/v1/seller/messages/{seq}',
  tag,
  summary: 'One message',
  access: 'read',
  params: z.object({ seq: messageSeq }),
  success: { status: 200, description: 'The message.', body: message },
  refusals: ['message-not-found'],
});

export const markMessageRead = operation({
  id: 'markMessageRead',
  method: 'post',
  path: '/v1/seller/messages/{seq}/read',
  tag,
  summary: 'Note that you have seen a message',
  description: 'The first time counts; of a message of your own nothing is noted.',
  access: 'listings',
  params: z.object({ seq: messageSeq }),
  success: { status: 200, description: 'The message.', body: message },
  refusals: ['message-not-found'],
});

export const messageOperations = [sendMessage, listMessages, readMessage, markMessageRead];
