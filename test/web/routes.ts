import { readdir, readFile } from 'node:fs/promises';

const PAGES = new URL('../../server/pages/', import.meta.url);
const ROUTE = /\b(?:pages|seller)\.get\(\s*(?:'([^']+)'|(PATH)\b)/g;
const CONSTANT = /const PATH = '([^']+)'/;
const FILE = /\.\w+$/;

/** The addresses of all pages of the website, as `server/pages` writes them: `/orders/:id`. Files are none. */
export async function pageRoutes(): Promise<string[]> {
  const names = await readdir(PAGES, { recursive: true });
  const sources = await Promise.all(
    names
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFile(new URL(name, PAGES), 'utf8')),
  );
  const routes = sources.flatMap((source) => {
    const constant = CONSTANT.exec(source)?.[1];
    return [...source.matchAll(ROUTE)].map(([, path]) => path ?? constant!);
  });
  return routes.filter((route) => !FILE.test(route));
}

/** Which route an address is of; an exact one before one with names in it. */
export function routeOf(path: string, routes: readonly string[]): string | undefined {
  if (routes.includes(path)) return path;
  return routes.find((route) => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`).test(path));
}
