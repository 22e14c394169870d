import { PROBLEMS } from '../problem-codes.ts';

const TEXT = `Sellers list data feeds; buyers pay a Lightning invoice and read them for as long as they paid for.

**Amounts** are decimal strings of msat (1,000 msat are a satoshi), **times** are milliseconds since 1970 UTC and end in
\`Ms\`, **keys and hashes** are 64 hexadecimal digits.

**Repeating a request** is safe: where an operation takes an \`Idempotency-Key\`, the same key and the same request give
the same thing for 24 hours.

**Lists** come in pages: send the \`nextCursor\` of one as \`cursor\` of the next request; it is null at the end.

**Query parameters and fields of a body** that an operation does not know are refused: a filter with a typo would list everything.

**Limits** are told with every answer by \`RateLimit-Policy\` and \`RateLimit\`
(draft-ietf-httpapi-ratelimit-headers); a 429 has \`Retry-After\`.

**Each answer** has a \`Request-Id\`: the one that was sent, or a new one. It is the \`instance\` of a problem document,
and the log has it.

## Problems

What goes wrong is told as a problem document (RFC 9457). Its \`type\` is \`urn:dazaar:problem:\` and one of these codes,
at every market:`;

/** The text that the reference begins with. */
export function introduction(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`,
  );
  const table = `| code | status | meaning |\n|---|---|---|\n${rows.join('\n')}`;
  // Folded away, so that the operations are not a scroll of pages below.
  return `${TEXT}\n\n<details><summary>All codes</summary>\n\n${table}\n\n</details>\n`;
}
