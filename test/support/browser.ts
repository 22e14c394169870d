import chromium from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContext,
  type Page,
  chromium as playwright,
} from 'playwright-core';

const NO_BROWSER =
  'no browser: on Debian install libnss3 and a font (fonts-dejavu-core), or name a Chromium in CHROMIUM';

// Not those that the package names: in a single process the browser ends with its first visitor, and it would not keep
// sites apart.
const ARGS = ['--no-sandbox', '--disable-gpu'];

const IN_PAGE_POLL_MS = 50;

let launched: Promise<Browser> | undefined;

/** The Chromium that came with npm, or the one that CHROMIUM names; one a process. */
export function openBrowser(): Promise<Browser> {
  launched ??= launch();
  return launched;
}

/** Why browser tests are skipped; false when they run. */
export async function browserMissing(): Promise<string | false> {
  const fault = await openBrowser().then(
    () => null,
    (error: Error) => error.message.split('\n')[0],
  );
  return fault === null ? false : `${NO_BROWSER} (${fault})`;
}

export async function closeBrowser(): Promise<void> {
  const browser = await launched?.catch(() => undefined);
  launched = undefined;
  await browser?.close();
}

export interface Visitor extends AsyncDisposable {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of: errors of scripts, broken policies, requests to other origins. */
  complaints: string[];
}

export interface VisitorOptions {
  origin: string;
  javaScript?: boolean;
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
}

/** Somebody with a browser of his own: no cookie is shared with another. */
export async function visitor(options: VisitorOptions): Promise<Visitor> {
  const { origin, javaScript = true, theme = 'light', width = 1280, height = 800 } = options;
  const browser = await openBrowser();
  const context = await browser.newContext({
    baseURL: origin,
    javaScriptEnabled: javaScript,
    colorScheme: theme,
    viewport: { width, height },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A page that says 404 is told of as an error too; the tests look at statuses themselves.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!/^(data|blob|about):/.test(url) && new URL(url).origin !== origin) {
      complaints.push(`asked another origin: ${url}`);
    }
  });
  return { page, context, complaints, [Symbol.asyncDispose]: () => context.close() };
}

async function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? (await chromium.executablePath());
  return playwright.launch({
    executablePath,
    args: ARGS,
    headless: true,
  });
}

/** Until an expression holds in the page, or the time is up. Playwright's own wait may use `eval`, which our pages forbid. */
export async function untilInPage(page: Page, holds: string, withinMs: number): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!(await page.evaluate(holds)) && performance.now() < giveUpAtMs) {
    await page.waitForTimeout(IN_PAGE_POLL_MS);
  }
}
