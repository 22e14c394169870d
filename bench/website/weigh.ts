import { gzipSync } from 'node:zlib';
import { Load } from './load.ts';

export interface Weight {
  htmlBytes: number;
  htmlGzipBytes: number;
  cssGzipBytes: number;
  /** Scripts that the page loads by itself, and what they import; nothing that is loaded on demand. */
  jsGzipBytes: number;
}

/** What a page costs a visitor who comes for the first time. */
export async function weigh(origin: string, path: string): Promise<{ html: string } & Weight> {
  const load = new Load(2);
  const html = (await load.ask(origin + path, 'identity')).body;
  const text = html.toString();
  const zipped = async (asset: string) => (await load.ask(origin + asset)).body.length;
  let cssGzipBytes = 0;
  for (const [, href] of text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)) {
    cssGzipBytes += await zipped(href!);
  }
  let jsGzipBytes = 0;
  for (const script of await scriptsOf(load, origin, text)) jsGzipBytes += await zipped(script);
  load.close();
  const htmlGzipBytes = gzipSync(html).length;
  return { html: text, htmlBytes: html.length, htmlGzipBytes, cssGzipBytes, jsGzipBytes };
}

async function scriptsOf(load: Load, origin: string, html: string): Promise<Set<string>> {
  const scripts = new Set([...html.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, src]) => src!));
  for (const script of scripts) {
    const { body } = await load.ask(origin + script, 'identity');
    // `from"./x.js"` and `import"./x.js"`, not `import("./x.js")`.
    for (const [, name] of body.toString().matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g)) {
      scripts.add(`/assets/${name}`);
    }
  }
  return scripts;
}
