import { create } from 'qrcode';
import { attribute, type Html, html } from '../html.ts';

const QUIET_ZONE = 4;

/**
 * A QR code as a picture that scales: dark on white in either theme, as cameras want it.
 *
 * @param label what it leads to, for whoever does not see it
 */
export function qrCode(text: string, label: string): Html {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const size = modules.size + 2 * QUIET_ZONE;
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">
<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path fill="#000" ${attribute('d', outline(modules))}/></svg>`;
}

// A run of dark modules in a row is one stroke: a third of the markup that single squares would be.
function outline(modules: { size: number; get(row: number, column: number): number }): string {
  const { size } = modules;
  let path = '';
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      let run = 0;
      while (column + run < size && modules.get(row, column + run)) run += 1;
      if (run === 0) continue;
      path += `M${column + QUIET_ZONE} ${row + QUIET_ZONE}h${run}v1h-${run}z`;
      column += run;
    }
  }
  return path;
}
