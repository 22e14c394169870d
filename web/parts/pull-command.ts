import type { Listing } from '../../contract/index.ts';

type Kind = Listing['feed']['kind'];

/** The command that fetches a feed: into a file, or of files into a folder. `market` as a command's option, or ''. */
export function pullCommand(slug: string, kind: Kind, market: string): string {
  const out = kind === 'hyperdrive' ? `${slug}/` : `${slug}.ndjson`;
  return `npx dazaar pull ${slug} --out ${out}${market}`;
}
