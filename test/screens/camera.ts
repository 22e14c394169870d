import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { untilInPage } from '../support/browser.ts';
import { shrinkPng } from './shrink-png.ts';

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 800 };
const MAX_HEIGHT = 1800;
const SETTLE_MS = 500;
const SCRIPTS_MS = 5_000;

const LOOKS = {
  light: { size: WIDE, colorScheme: 'light' },
  dark: { size: WIDE, colorScheme: 'dark' },
  phone: { size: NARROW, colorScheme: 'light' },
  'phone-dark': { size: NARROW, colorScheme: 'dark' },
} as const;
export type Look = keyof typeof LOOKS;

interface Picture {
  name: string;
  look: Look;
  /** What page it shows. */
  title: string;
}

/** Takes pictures of pages as visitors see them, under names that stay the same, and writes the list of them. */
export class Camera {
  readonly #dir: string;
  readonly #pictures: Picture[] = [];

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Throws away what was taken before. */
  async open(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
    await mkdir(this.#dir, { recursive: true });
  }

  /** Takes the page that is open, once a look; it stays as it was. */
  async take(
    page: Page,
    name: string,
    title: string,
    looks: readonly Look[] = ['light'],
  ): Promise<void> {
    for (const look of looks) {
      const { size, colorScheme } = LOOKS[look];
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await settle(page);
      const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
      const png = await page.screenshot({
        fullPage: true,
        clip: { x: 0, y: 0, width: size.width, height: Math.min(height, MAX_HEIGHT) },
      });
      await writeFile(`${this.#dir}/${name}-${look}.png`, await shrinkPng(png));
      this.#pictures.push({ name, look, title });
    }
    await page.setViewportSize(WIDE);
    await page.emulateMedia({ colorScheme: 'light' });
  }

  /** The list, as a page of the repository. */
  async close(): Promise<void> {
    const byName = Map.groupBy(this.#pictures, ({ name }) => name);
    const parts = [...byName].map(([name, pictures]) => {
      const links = pictures.map(({ look }) => `[${look}](${name}-${look}.png)`).join(' · ');
      return `## ${pictures[0]!.title}\n\n${links}\n\n![${name}](${name}-${pictures[0]!.look}.png)\n`;
    });
    const head = '# Screens\n\nTaken by `npm run screens` of a market with sample data.\n';
    await writeFile(`${this.#dir}/README.md`, [head, ...parts].join('\n'));
  }
}

/** Scripts have run, and what is drawn only when it comes into sight is drawn. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  const isLocal = '!document.querySelector("time[data-local]")';
  await untilInPage(page, isLocal, SCRIPTS_MS);
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  for (let top = 0; top < Math.min(height, MAX_HEIGHT); top += WIDE.height) {
    await page.evaluate(`scrollTo(0, ${top})`);
    await page.waitForTimeout(SETTLE_MS);
  }
  await page.evaluate('scrollTo(0, 0)');
}
