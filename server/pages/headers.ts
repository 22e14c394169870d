import type { Response } from 'express';
import type { Page } from '../../web/page.ts';
import type { Viewer } from '../../web/viewer.ts';

/** Scripts run with this answer's nonce only, and nothing is asked of anybody else (CSP level 3). */
export function pageHeaders(
  res: Response,
  { nonce }: Pick<Viewer, 'nonce'>,
  { connects = [] }: Pick<Page, 'connects'> = {},
): void {
  const policy = {
    'default-src': "'none'",
    'script-src': `'nonce-${nonce}' 'strict-dynamic'`,
    'style-src': "'self'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': ["'self'", ...connects].join(' '),
    'form-action': "'self'",
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
  };
  const text = Object.entries(policy).map(([name, sources]) => `${name} ${sources}`);
  res.setHeader('Content-Security-Policy', text.join('; '));
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  // The address of an order is a secret, and no other site's to know.
  res.setHeader('Referrer-Policy', 'same-origin');
}
