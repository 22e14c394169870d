import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { bytes } from '../../parts/bytes.ts';
import { dataPage, type Owned } from './data-page.ts';

export interface FilesView extends Owned {
  /** Of the folder that is shown, from the outermost on. */
  names: string[];
  folders: string[];
  files: { path: string; byteLength: number }[];
  next: string | null;
}

/** A folder of a Hyperdrive. */
export function filesPage(view: FilesView): Page {
  const { item, names, folders, files, next } = view;
  const base = `/shelf/${item.grant.id}`;
  const here = `/${names.join('/')}`;
  const at = (path: string) => `${base}?${new URLSearchParams({ folder: path })}`;
  return dataPage(
    view,
    html`<nav class="shelf-crumbs" aria-label="Folders"><a href="${base}">All files</a>${names.map(
      (name, depth) =>
        html` / <a href="${at(`/${names.slice(0, depth + 1).join('/')}`)}">${name}</a>`,
    )}</nav>
${
  folders.length + files.length === 0
    ? html`<div class="empty"><h2>No files here</h2><p>${names.length === 0 ? 'The seller has not put any into it yet.' : 'This folder is empty.'}</p></div>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Files, as a table"><table>
<caption class="visually-hidden">Folder ${here}</caption>
<thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th></tr></thead>
<tbody>
${folders.map(
  (
    name,
  ) => html`<tr><td><a href="${at(`${names.length === 0 ? '' : here}/${name}`)}">${name}/</a></td><td class="number quiet">folder</td></tr>
`,
)}${files.map(
  ({
    path,
    byteLength,
  }) => html`<tr><td>${fileLink(base, path)}</td><td class="number">${bytes(byteLength)}</td></tr>
`,
)}</tbody></table></div>`
}
${next !== null && html`<nav class="pager" aria-label="Pages of files"><a href="${`${base}?${new URLSearchParams({ folder: here, after: next })}`}">More files</a></nav>`}
<p class="quiet">A download that broke off can be taken up again by your browser. If your access ends meanwhile it breaks off too, and is never passed off as whole.</p>`,
  );
}

function fileLink(base: string, path: string): Html {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const address = path.split('/').map(encodeURIComponent).join('/');
  return html`<a href="${base}/files${address}" download>${name}</a>`;
}
