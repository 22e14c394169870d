import { Router } from 'express';
import type { ServerDeps } from '../deps.ts';

const CACHED = 'public, max-age=86400';

// What is one visitor's own, what only a program asks for, and forms.
const PRIVATE = [
  '/orders/',
  '/shelf',
  '/desk',
  '/wallet',
  '/login',
  '/register',
  '/v1/',
  '/listings/*/buy',
];

const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#16344a"/><path d="M18.5 4 8 18h6.5L13 28l11-15h-7z" fill="#f7c65a"/></svg>
`;

/** What browsers and robots look for at addresses of their own. */
export function siteFiles({ origin }: Pick<ServerDeps, 'origin'>): Router {
  const router = Router();
  const file = (path: string, type: string, text: () => string) =>
    router.get(path, (_req, res) => {
      res.setHeader('Cache-Control', CACHED);
      res.type(type).send(text());
    });
  file('/favicon.svg', 'image/svg+xml', () => FAVICON);
  file('/robots.txt', 'text/plain', () =>
    [
      'User-agent: *',
      ...PRIVATE.map((path) => `Disallow: ${path}`),
      `Sitemap: ${origin()}/sitemap.xml`,
      '',
    ].join('\n'),
  );
  return router;
}
