import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type Handler, Router } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { OpenQueue } from '../adapters/queue/queue.ts';
import { operatorOnly } from './operator.ts';

export const QUEUES_PATH = '/queues';

const policy = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'self'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
});

/** bull-board, for who knows the password; without one there is nothing, and the log says how to change that. */
export function queueBoard(
  queue: Pick<OpenQueue, 'queues'>,
  password: string | undefined,
  log: Logger,
): Handler {
  if (password === undefined) {
    log.info('the queues are shown to nobody: set ADMIN_PASSWORD to look at them');
    return (_req, res) =>
      void res.status(404).type('text').send('Set ADMIN_PASSWORD to look at the queues.\n');
  }
  const adapter = new ExpressAdapter();
  adapter.setBasePath(QUEUES_PATH);
  createBullBoard({
    queues: queue.queues().map((each) => new BullMQAdapter(each)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Dazaar queues' } },
  });
  const router = Router();
  router.use(operatorOnly(password), policy, withoutOthers, adapter.getRouter());
  return router;
}

/** bull-board's page asks a font of Google's, which its policy forbids: so it is not asked for either. */
const withoutOthers: Handler = (_req, res, next) => {
  const render = res.render.bind(res) as (
    view: string,
    params: object,
    done: (error: Error | null, html: string) => void,
  ) => void;
  res.render = (view: string, params?: object) =>
    render(view, params ?? {}, (error, html) => {
      if (error) return next(error);
      res.send(html.replace(/<link[^>]*href="https?:[^>]*>/g, ''));
    });
  next();
};
