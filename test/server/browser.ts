import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

export const PASSWORD = 'correct horse battery';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  headers: Headers;
}

/** What a browser does on a page of the market: it keeps the cookie, and says which origin its requests come from. */
export class Browser {
  readonly #url: string;
  readonly #origin: string;
  cookie = '';

  constructor(url: string, origin = url) {
    this.#url = url;
    this.#origin = origin;
  }

  get<T = Record<string, unknown>>(path: string): Promise<Answer<T>> {
    return this.send<T>('GET', path);
  }

  post<T = Record<string, unknown>>(path: string, body?: unknown): Promise<Answer<T>> {
    return this.send<T>('POST', path, body);
  }

  async send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { origin: this.#origin },
  ): Promise<Answer<T>> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.cookie && { cookie: this.cookie }),
        ...(method !== 'GET' && headers),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const line of answer.headers.getSetCookie()) this.cookie = line.split(';')[0]!;
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : {}, headers: answer.headers };
  }

  /** Opens an account; the browser is logged in. */
  async register(email = anEmail()): Promise<{ id: string; email: string }> {
    const answer = await this.post<{ id: string }>('/v1/accounts', {
      name: 'Weather & Sons',
      email,
      password: PASSWORD,
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return { id: answer.body.id, email };
  }

  logIn(email: string, password = PASSWORD): Promise<Answer> {
    return this.post('/v1/session', { email, password });
  }

  async isLoggedIn(): Promise<boolean> {
    const { status } = await this.get('/v1/session');
    assert.ok(status === 200 || status === 401);
    return status === 200;
  }
}

export function anEmail(): string {
  return `seller-${randomBytes(6).toString('hex')}@weather.example`;
}

export function isProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(answer.body.code, code);
}
