import type { Assets } from '../../web/bundle.ts';
import type { ServerDeps } from '../deps.ts';
import type { Csrf } from './csrf.ts';

export interface PageDeps extends ServerDeps {
  assets: Assets;
  csrf: Csrf;
}
