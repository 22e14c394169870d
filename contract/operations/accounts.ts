import {
  account,
  accountChange,
  emailChange,
  login,
  newAccount,
  newLogin,
  passwordChange,
  session,
} from '../account.ts';
import { operation } from '../operation.ts';

const SET_COOKIE = { 'Set-Cookie': 'The session. The browser keeps it; scripts cannot read it.' };

export const createAccount = operation({
  id: 'createAccount',
  method: 'post',
  path: '/v1/accounts',
  tag: 'Accounts',
  summary: 'Open an account that sells, and log in',
  access: 'public',
  limit: 'logins',
  body: newAccount,
  success: { status: 201, description: 'The account.', body: account, headers: SET_COOKIE },
  refusals: ['email-taken'],
});

export const logIn = operation({
  id: 'logIn',
  method: 'post',
  path: '/v1/session',
  tag: 'Accounts',
  summary: 'Log in with email and password',
  access: 'public',
  limit: 'logins',
  body: login,
  success: { status: 200, description: 'You are logged in.', body: account, headers: SET_COOKIE },
  refusals: ['wrong-login'],
});

export const readSession = operation({
  id: 'readSession',
  method: 'get',
  path: '/v1/session',
  tag: 'Accounts',
  summary: 'Who is logged in',
  access: 'session',
  success: { status: 200, description: 'The session.', body: session },
});

export const logOut = operation({
  id: 'logOut',
  method: 'delete',
  path: '/v1/session',
  tag: 'Accounts',
  summary: 'Log out',
  access: 'session',
  success: { status: 204, description: 'The session is over.' },
});

export const readAccount = operation({
  id: 'readAccount',
  method: 'get',
  path: '/v1/account',
  tag: 'Accounts',
  summary: 'Your account',
  access: 'session',
  success: { status: 200, description: 'The account.', body: account },
});

export const changeAccount = operation({
  id: 'changeAccount',
  method: 'patch',
  path: '/v1/account',
  tag: 'Accounts',
  summary: 'Change name, homepage or contact',
  description: 'What is left out stays; null empties it.',
  access: 'session',
  body: accountChange,
  success: { status: 200, description: 'The account as it is now.', body: account },
});

export const changePassword = operation({
  id: 'changePassword',
  method: 'post',
  path: '/v1/account/password',
  tag: 'Accounts',
  summary: 'Change the password, and end all other sessions',
  access: 'session',
  limit: 'logins',
  body: passwordChange,
  success: { status: 204, description: 'It is changed.', headers: SET_COOKIE },
  refusals: ['wrong-password', 'no-password'],
});

export const addLogin = operation({
  id: 'addLogin',
  method: 'post',
  path: '/v1/account/login',
  tag: 'Accounts',
  summary: 'Give an account that a wallet logs into an email and a password',
  description: 'All other sessions end.',
  access: 'session',
  limit: 'logins',
  body: newLogin,
  success: { status: 200, description: 'The account.', body: account, headers: SET_COOKIE },
  refusals: ['has-password', 'email-taken'],
});

export const changeEmail = operation({
  id: 'changeEmail',
  method: 'post',
  path: '/v1/account/email',
  tag: 'Accounts',
  summary: 'Change the email that you log in with',
  access: 'session',
  limit: 'logins',
  body: emailChange,
  success: { status: 200, description: 'The account as it is now.', body: account },
  refusals: ['wrong-password', 'no-password', 'email-taken'],
});

export const unlinkWallet = operation({
  id: 'unlinkWallet',
  method: 'delete',
  path: '/v1/account/wallet',
  tag: 'Accounts',
  summary: 'Have the wallet log in no more',
  description: 'An account needs a password for that. All other sessions end.',
  access: 'session',
  success: { status: 204, description: 'No wallet logs into the account.' },
  refusals: ['no-password'],
});

export const endSessions = operation({
  id: 'endSessions',
  method: 'delete',
  path: '/v1/account/sessions',
  tag: 'Accounts',
  summary: 'Log out everywhere',
  access: 'session',
  success: { status: 204, description: 'All sessions of the account are over, this one too.' },
});

export const accountOperations = [
  createAccount,
  logIn,
  readSession,
  logOut,
  readAccount,
  changeAccount,
  changePassword,
  addLogin,
  changeEmail,
  unlinkWallet,
  endSessions,
];
