import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { pullCommand } from '../../parts/pull-command.ts';
import type { Viewer } from '../../viewer.ts';
import { dataPage, type Owned } from './data-page.ts';

/** In place of data that no gateway serves: how it is read from peer to peer. */
export function peersPage(owned: Owned, { origin }: Viewer): Page {
  const { listing, buyerKey } = owned.item.grant;
  const command = pullCommand(listing, owned.item.kind, ` --market ${origin}`);
  return dataPage(
    owned,
    html`<p>Several machines of the seller write this data, and sign together what comes of it. A browser cannot check that, so it is read from peer to peer. Where the key <span class="key">${buyerKey}</span> lives:</p>
<pre tabindex="0" data-copy data-copy-name="the command that fetches"><code>${command}</code></pre>
<p class="quiet">“More” on your shelf says how to move the access to a key of your own.</p>`,
  );
}
