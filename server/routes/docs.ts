import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type RequestHandler, Router, static as serveStatic } from 'express';
import helmet from 'helmet';
import type { ServerDeps } from '../deps.ts';

const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
const DAY_SECONDS = 24 * 60 * 60;

/** The reference page at `/docs`: Swagger UI from our own origin, with the document of this server. */
export function docsRoutes({ name }: Pick<ServerDeps, 'name'>): Router {
  const router = Router();
  router.use('/docs', pageHeaders);
  router.get('/docs', (_req, res) => {
    res.type('html').send(page(name));
  });
  router.get('/docs/start.js', (_req, res) => {
    res.type('js').send(START);
  });
  const files = serveStatic(SWAGGER_UI, { index: false, maxAge: DAY_SECONDS * 1000 });
  router.get('/docs/:file', (req, res, next) => {
    if (!FILES.includes(req.params.file)) return next();
    req.url = `/${req.params.file}`;
    files(req, res, next);
  });
  return router;
}

// Its styles stand in attributes, its icons in data addresses; scripts and requests are ours alone.
const pageHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
});

const START = `SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: false,
  validatorUrl: null,
});
`;

function page(name: string): string {
  const title = `${name}: HTTP API`.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<noscript>The reference needs scripts. <a href="/v1/openapi.json">The document it shows</a> does not.</noscript>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}
