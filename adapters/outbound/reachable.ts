import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const HTTPS_PORT = 443;
const HTTP_PORT = 80;
const FIRST_UNPRIVILEGED_PORT = 1024;
// IPv6 addresses that are routed on the internet (RFC 4291, section 2.4); ipaddr.js calls all it has no name for unicast.
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
// Azure answers virtual machines there with what belongs to them, though the address is a public one.
const METADATA = new Set(['168.63.129.16']);

/** Where calls may go: public addresses over HTTPS, and whatever lies within `allow` over either scheme. */
export interface Reachable {
  /** Why a URL is not called whatever its host resolves to, or null. */
  urlFault(url: URL): string | null;
  /** Why a URL is not called at this address, or null. */
  addressFault(url: URL, address: string): string | null;
}

/** @param allow address ranges in CIDR notation that may be called although they are not public */
export function reachable(allow: readonly string[]): Reachable {
  const ranges = allow.map((range) => ipaddr.parseCIDR(range));

  function addressFault(url: URL, address: string): string | null {
    const parsed = parse(address);
    if (ranges.some((range) => contains(range, parsed))) return null;
    if (url.protocol !== 'https:') return 'only https URLs are called';
    if (!isUsualPort(url)) return 'only the ports 80, 443 and those from 1024 on are called';
    return isPublic(parsed) ? null : 'the host has an address that is not public';
  }

  return {
    urlFault(url) {
      if (!['https:', 'http:'].includes(url.protocol)) return 'only https URLs are called';
      if (url.username || url.password) return 'the URL must hold no credentials';
      const host = hostOf(url);
      if (isIP(host)) return addressFault(url, host);
      if (ranges.length > 0) return null;
      if (url.protocol !== 'https:') return 'only https URLs are called';
      return isUsualPort(url) ? null : 'only the ports 80, 443 and those from 1024 on are called';
    },
    addressFault,
  };
}

/** The host of a URL as sockets take it: the parser has made plain what was decimal, octal or hexadecimal. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

// The URL parser writes IPv6 in hexadecimal: ipaddr.js reads ::1.2.3.4 as another address than sockets do.
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  const plain = isIP(address) === 6 ? hostOf(new URL(`https://[${address}]`)) : address;
  return ipaddr.process(plain);
}

function contains(
  [range, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number],
  address: ipaddr.IPv4 | ipaddr.IPv6,
) {
  return range.kind() === address.kind() && address.match(range, bits);
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast' || METADATA.has(address.toString())) return false;
  return address.kind() === 'ipv4' || contains(GLOBAL_UNICAST, address);
}

function isUsualPort({ port }: URL): boolean {
  const number = port === '' ? HTTPS_PORT : Number(port);
  return [HTTP_PORT, HTTPS_PORT].includes(number) || number >= FIRST_UNPRIVILEGED_PORT;
}
