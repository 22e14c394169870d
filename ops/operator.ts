import { createHash, timingSafeEqual } from 'node:crypto';
import type { Handler, Request } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const USER = 'admin';
const GUESSES = 10;
const WINDOW_SECONDS = 60;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets only the operator pass: HTTP Basic, user `admin`. An address has ten wrong guesses a minute; they count before
 * they are judged, so that many at once are no way around. What changes something must come from a page of the same
 * origin: a browser sends the password along for any page that asks it to.
 */
export function operatorOnly(password: string): Handler {
  const guesses = new RateLimiterMemory({ points: GUESSES, duration: WINDOW_SECONDS });
  return async (req, res, next) => {
    const address = req.socket.remoteAddress ?? '';
    const given = credentials(req);
    if (!given) {
      res.set('WWW-Authenticate', 'Basic realm="Dazaar operators", charset="UTF-8"');
      return void res.status(401).type('text').send('For the operator: user admin.\n');
    }
    const allowed = await guesses.consume(address).then(
      () => true,
      () => false,
    );
    if (!allowed) {
      res.set('Retry-After', String(WINDOW_SECONDS));
      return void res.status(429).type('text').send('Too many wrong passwords. Try again later.\n');
    }
    if (!isOperator(given, password)) {
      res.set('WWW-Authenticate', 'Basic realm="Dazaar operators", charset="UTF-8"');
      return void res.status(401).type('text').send('Wrong user or password.\n');
    }
    await guesses.reward(address);
    if (!SAFE_METHODS.has(req.method) && !isSameOrigin(req)) {
      return void res.status(403).type('text').send('This comes from a page of another origin.\n');
    }
    next();
  };
}

function credentials(req: Request): string | null {
  const [, encoded] = /^basic +([\w+/=-]+)$/i.exec(req.get('Authorization') ?? '') ?? [];
  return encoded ? Buffer.from(encoded, 'base64').toString('utf8') : null;
}

// Hashed, so that lengths are equal and tell nothing.
function isOperator(given: string, password: string): boolean {
  return timingSafeEqual(sha256(given), sha256(`${USER}:${password}`));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

// Browsers send Origin with all that is not GET or HEAD; whoever sends neither says where it comes from by hand.
function isSameOrigin(req: Request): boolean {
  const origin = req.get('Origin');
  if (origin === undefined) return req.get('Sec-Fetch-Site') === 'same-origin';
  const own = req.get('Host');
  return own !== undefined && (origin === `http://${own}` || origin === `https://${own}`);
}
