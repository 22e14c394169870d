import { callbackify } from 'node:util';
import { type SessionData, Store } from 'express-session';
import { endSession, readSession, saveSession, touchSession } from '../flow/sessions.ts';
import type { Prisma, PrismaClient } from '../prisma/client/client.ts';

type Done = (error?: unknown) => void;

/** Sessions in Postgres, for express-session. What it calls a session id is stored as a hash only. */
export class SessionStore extends Store {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    super();
    this.#prisma = prisma;
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const read = async () => (await readSession(this.#prisma, id)) as SessionData | null;
    callbackify(read)(done);
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    const data: Prisma.InputJsonObject = JSON.parse(JSON.stringify(session));
    const { sellerId = null, shelfId = null } = session;
    callbackify(() => saveSession(this.#prisma, id, data, { sellerId, shelfId }))(done);
  }

  override touch(id: string, _session: SessionData, done: Done = () => {}): void {
    callbackify(() => touchSession(this.#prisma, id))(done);
  }

  override destroy(id: string, done: Done = () => {}): void {
    callbackify(() => endSession(this.#prisma, id))(done);
  }
}
