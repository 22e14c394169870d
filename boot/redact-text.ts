const BLANK = '[redacted]';

type Rule = readonly [pattern: RegExp, by: string];

/** What gives itself away by its shape, wherever it stands. No rule reaches beyond a quotation mark. */
const SHAPES: readonly Rule[] = [
  // The user and password of an address; what follows its question mark.
  [/\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s"'\\/@]{1,500}@/gi, `$1${BLANK}@`],
  [/\?[\w.%+-]{1,64}=[^\s"'\\)]*/g, `?${BLANK}`],
  [/\b(dzr_[a-z]+_[a-z0-9]+_)[\w-]+/gi, `$1${BLANK}`],
  [/\bwhsec_[\w+/=-]+/g, BLANK],
  [/\b(Bearer|Basic|L402|LSAT)\s+(?!error=)[^\s"',\\]+/g, `$1 ${BLANK}`],
  // JSON web tokens; macaroons in base64 and in hex; claim codes with and without their dashes.
  [/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g, BLANK],
  [/\bAg[\w+/-]{60,}={0,2}/g, BLANK],
  [/\b0201[0-9a-f]{80,}/gi, BLANK],
  [/\b(?:[0-9A-Z]{4}-){4,}[0-9A-Z]{4}\b/gi, BLANK],
  [/\b[0-9A-HJKMNP-TV-Z]{32}\b/g, BLANK],
];

const NAMES =
  'preimage|secret|macaroon|password|passphrase|token|cookie|authorization|api[-_ ]?key|claim[-_ ]?code|key[-_ ]?code|' +
  'credential|csrf|k1|sig|signature|seed|mnemonic';

/** What is told from the words around it, in texts that people and databases write. */
const WORDS: readonly Rule[] = [
  [
    new RegExp(`\\b(${NAMES})(["'\\\\]*\\s*[=:]\\s*)["'\\\\]*[^\\s"',;&)\\\\]+`, 'gi'),
    `$1$2${BLANK}`,
  ],
  // PostgreSQL shows a whole row that breaks a rule, and the value that was there already.
  [/Failing row contains \([^\n]*/g, `Failing row contains ${BLANK}`],
  [/Key \(([^)]{1,200})\)=\([^\n]*?\)/g, `Key ($1)=${BLANK}`],
  // A hash is no secret and a preimage is one, and both look alike: eight digits are enough to find either again.
  [/\b([0-9a-f]{8})[0-9a-f]{56,}\b/gi, '$1…'],
];

/** Fields of a line of JSON that are texts and no others: those that every line of a child log has. */
const FIELDS: readonly Rule[] = [
  [
    /"([\w-]{0,40}(?:preimage|secret|macaroon|passw|token|cookie|authorization|api[-_]?key|credential|csrf|session)[\w-]{0,40})":"(?:[^"\\]|\\.)*"/gi,
    `"$1":"${BLANK}"`,
  ],
];

/** Blanks all that looks like a secret in a text. */
export function redactText(text: string): string {
  return applied([...SHAPES, ...WORDS], text);
}

/**
 * Blanks what looks like a secret in a line of JSON, which stays JSON, and these secrets as they are or encoded.
 *
 * @param secrets short ones are left out: a password like "postgres" is a word of many lines
 */
export function lineRedactor(secrets: readonly string[]): (line: string) => string {
  const forms = secrets.filter(({ length }) => length >= 12).flatMap(formsOf);
  const known = forms.length > 0 ? new RegExp(forms.map(escaped).join('|'), 'gi') : null;
  return (line) => {
    const shaped = applied([...SHAPES, ...FIELDS], line);
    return known ? shaped.replace(known, BLANK) : shaped;
  };
}

function applied(rules: readonly Rule[], text: string): string {
  return rules.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text);
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const plain = JSON.stringify(secret).slice(1, -1);
  const forms = [plain, encodeURIComponent(secret), base64, bytes.toString('base64url')];
  return [...new Set([...forms, bytes.toString('hex')])];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
