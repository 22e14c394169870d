import type { ListingPreview } from '../../../contract/index.ts';
import { type Html, html } from '../../html.ts';
import { bytes } from '../../parts/bytes.ts';

/** Folders in one another, deeper than which the rest of a path is a name. */
const MAX_DEPTH = 8;

interface Folder {
  folders: Map<string, Folder>;
  files: { name: string; size: number | null }[];
}

/** The files of a Hyperdrive in their folders. */
export function fileTree(title: string, items: ListingPreview['items']): Html {
  const root: Folder = { folders: new Map(), files: [] };
  for (const { path = '', value } of items) put(root, path, sizeOf(value));
  return html`<figure class="files">
<figcaption>${title}</figcaption>
${list(root)}
</figure>`;
}

function put(root: Folder, path: string, size: number | null): void {
  const steps = path.split('/').filter((step) => step !== '');
  const depth = Math.min(steps.length - 1, MAX_DEPTH);
  let at = root;
  for (const step of steps.slice(0, depth)) {
    const known = at.folders.get(step) ?? { folders: new Map(), files: [] };
    at.folders.set(step, known);
    at = known;
  }
  at.files.push({ name: steps.slice(depth).join('/'), size });
}

function list({ folders, files }: Folder): Html {
  return html`<ul>
${[...folders].map(([name, folder]) => html`<li><details open><summary>${name}/</summary>${list(folder)}</details></li>`)}
${files.map(({ name, size }) => html`<li>${name}${size !== null && html` <span class="quiet">${bytes(size)}</span>`}</li>`)}
</ul>`;
}

function sizeOf(value: unknown): number | null {
  const size = (value as { byteLength?: unknown } | null)?.byteLength;
  return typeof size === 'number' && size >= 0 ? size : null;
}
