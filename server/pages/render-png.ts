import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { renderAsync } from '@resvg/resvg-js';

const FONTS = join(
  dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')),
  'ttf',
);
const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => join(FONTS, name));
const MOST_WAITING = 32;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Draws an SVG of ours, one at a time: it takes a core for a tenth of a second.
 *
 * @returns null when too many wait already
 */
export async function renderPng(svg: string): Promise<Buffer | null> {
  if (waiting >= MOST_WAITING) return null;
  waiting++;
  const drawn = last.then(() => draw(svg));
  last = drawn.catch(() => {});
  try {
    return await drawn;
  } finally {
    waiting--;
  }
}

async function draw(svg: string): Promise<Buffer> {
  const image = await renderAsync(svg, {
    font: {
      fontFiles,
      defaultFontFamily: 'DejaVu Sans',
      // Looking through the machine's own fonts takes a while: only for scripts that ours do not have.
      loadSystemFonts: BEYOND_OUR_FONTS.test(svg),
    },
  });
  return image.asPng();
}

const BEYOND_OUR_FONTS =
  /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Common}\p{Script=Inherited}]|\p{Emoji_Presentation}/u;
