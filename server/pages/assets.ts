import { type Request, Router } from 'express';
import type { Asset, Assets } from '../../web/bundle.ts';

const FOREVER = 'public, max-age=31536000, immutable';

/** `/assets/NAME`: what browsers load, compressed ahead of time. */
export function assetRoutes(assets: Assets): Router {
  const router = Router();
  router.get('/assets/:name', (req, res, next) => {
    const asset = assets.files.get(req.params.name);
    if (!asset) return next();
    const { body, encoding } = encoded(asset, req);
    if (encoding) res.setHeader('Content-Encoding', encoding);
    res.setHeader('Content-Type', asset.type);
    res.setHeader('Cache-Control', FOREVER);
    res.setHeader('Vary', 'Accept-Encoding');
    res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    res.end(body);
  });
  return router;
}

function encoded(asset: Asset, req: Request): { body: Buffer; encoding?: string } {
  const encoding = req.acceptsEncodings(['br', 'gzip']);
  if (encoding === 'br') return { body: asset.brotli, encoding };
  if (encoding === 'gzip') return { body: asset.gzip, encoding };
  return { body: asset.body };
}
