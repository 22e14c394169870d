import { loginChallenge, walletAnswer, walletLogin, walletReply } from '../account.ts';
import { operation } from '../operation.ts';

export const startWalletLogin = operation({
  id: 'startWalletLogin',
  method: 'post',
  path: '/v1/lnurl-auth',
  tag: 'Accounts',
  summary: 'Ask to log in with a Lightning wallet',
  description:
    'LNURL-auth (LUD-04). The wallet’s answer counts for the session that asked, once, within five minutes. Asked while ' +
    'logged in, it links the wallet to the account.',
  access: 'public',
  limit: 'logins',
  success: {
    status: 201,
    description: 'What to show the wallet. Asking again replaces it.',
    body: loginChallenge,
    headers: { 'Set-Cookie': 'A session that nobody is logged into yet.' },
  },
});

export const answerWalletLogin = operation({
  id: 'answerWalletLogin',
  method: 'get',
  path: '/v1/lnurl-auth/callback',
  tag: 'Accounts',
  summary: 'Where the wallet answers',
  access: 'public',
  query: walletAnswer,
  success: { status: 200, description: '`OK`, or why not (LUD-01).', body: walletReply },
});

export const finishWalletLogin = operation({
  id: 'finishWalletLogin',
  method: 'get',
  path: '/v1/lnurl-auth',
  tag: 'Accounts',
  summary: 'Whether the wallet has answered; logs in when it has',
  description: 'To be asked every second or two by the session that started it.',
  access: 'public',
  success: {
    status: 200,
    description: 'Pending, or logged in: the account is made at the first login.',
    body: walletLogin,
    headers: { 'Set-Cookie': 'The new session, once logged in.' },
  },
  refusals: ['no-wallet-login', 'wallet-taken'],
});

export const lnurlAuthOperations = [startWalletLogin, answerWalletLogin, finishWalletLogin];
