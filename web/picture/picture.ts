import { attribute, type Html, html } from '../html.ts';
import { wrapText } from './wrap-text.ts';

export interface Picture {
  /** The market's name. */
  market: string;
  title: string;
  /** What stands below the title: who sells it. */
  by: string;
  /** What it costs. */
  price: string;
  /** Numbers of the data, drawn as a line. */
  values: number[];
}

const WIDTH = 1200;
const HEIGHT = 630;
const MARGIN = 72;
const TEXT_WIDTH = WIDTH - 2 * MARGIN;
const LINE_TOP = 410;
const LINE_BOTTOM = 520;
const SIZES = [
  { px: 68, most: 2 },
  { px: 56, most: 3 },
];

/** The picture of a link's preview, as SVG: 1200 × 630, as Open Graph has it. */
export function drawPicture(picture: Picture): string {
  const { px, lines } = fitTitle(picture.title);
  const titleTop = 220;
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="DejaVu Sans">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#12222f"/>
<rect width="${WIDTH}" height="10" fill="#f2c063"/>
<g transform="translate(${MARGIN} 66) scale(1.75)"><rect width="32" height="32" rx="8" fill="#f2c063"/><path d="M18.5 4 8 18h6.5L13 28l11-15h-7z" fill="#12222f"/></g>
<text x="${MARGIN + 76}" y="106" font-size="32" font-weight="bold" fill="#ffffff">${line(picture.market, TEXT_WIDTH - 76, 32)}</text>
${lines.map((text, at) => html`<text x="${MARGIN}" y="${titleTop + at * px * 1.2}" font-size="${px}" font-weight="bold" fill="#ffffff">${text}</text>`)}
<text x="${MARGIN}" y="${titleTop + (lines.length - 1) * px * 1.2 + 56}" font-size="30" fill="#b9c7d1">${line(picture.by, TEXT_WIDTH, 30)}</text>
${curve(picture.values)}
<text x="${MARGIN}" y="${HEIGHT - 46}" font-size="36" font-weight="bold" fill="#f2c063">${line(picture.price, TEXT_WIDTH, 36)}</text>
</svg>`.text;
}

function fitTitle(title: string): { px: number; lines: string[] } {
  const fits = SIZES.map(({ px, most }) => ({
    px,
    most,
    lines: wrapText(drawable(title), TEXT_WIDTH / px, most + 1),
  }));
  const { px, most } = fits.find(({ lines, most }) => lines.length <= most) ?? SIZES.at(-1)!;
  return { px, lines: wrapText(drawable(title), TEXT_WIDTH / px, most) };
}

function line(text: string, width: number, px: number): string {
  return wrapText(drawable(text), width / px, 1)[0] ?? '';
}

// What XML 1.0 has no place for.
function drawable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
}

function curve(values: readonly number[]): Html | null {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = most - least;
  if (values.length < 3 || !(span > 0) || !Number.isFinite(span)) return null;
  const points = values.map((value, at) => {
    const x = MARGIN + (TEXT_WIDTH * at) / (values.length - 1);
    const y = LINE_BOTTOM - ((value - least) / span) * (LINE_BOTTOM - LINE_TOP);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const path = `M${points.join('L')}`;
  const area = `${path}V${LINE_BOTTOM + 12}H${MARGIN}Z`;
  return html`<path ${attribute('d', area)} fill="#f2c063" fill-opacity="0.14"/>
<path ${attribute('d', path)} fill="none" stroke="#f2c063" stroke-width="5" stroke-linejoin="round" stroke-linecap="round"/>`;
}
