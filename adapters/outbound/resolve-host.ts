import { Resolver } from 'node:dns/promises';

const RESOLVER = { timeout: 2_000, tries: 2 };

/**
 * All addresses of a host, from DNS; none when it has none. The system's own look-up would hold one of the process's few
 * threads for as long as a stranger's name server likes.
 */
export async function resolveHost(host: string): Promise<string[]> {
  // RFC 6761, section 6.3: nobody is asked for these names.
  if (/(^|\.)localhost\.?$/.test(host)) return ['127.0.0.1', '::1'];
  const resolver = new Resolver(RESOLVER);
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}
