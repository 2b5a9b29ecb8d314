import { scrubMembers } from './scrub-members.ts';
import { scrubUrls } from './scrub-urls.ts';

const redacted = '[redacted]';

/** Secrets that are known by their form, wherever they stand: in a message, a stack trace, a query string. */
const secretForms: readonly [RegExp, string][] = [
  [/\bsk_[A-Za-z0-9_-]{8,}/g, `sk_${redacted}`],
  [/\bwhsec_[A-Za-z0-9+/=_-]{8,}/g, `whsec_${redacted}`],
  [/\b(Bearer|Basic)\s{1,8}[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${redacted}`],
  // NAME_OF_A_SECRET=value, also quoted
  [
    /((?:secret|password|passphrase|token|api[-_]?key|signature)[A-Za-z0-9_-]{0,64}\s{0,2}=\s{0,2})(?:'[^'"\\]+'?|(?:\\\\){0,15}\\"(?:[^"\\]|\\\\)+(?:\\")?|(?:[^\s"'\\&]|\\\\)+)/gi,
    `$1${redacted}`,
  ],
];

/**
 * Takes secrets out of a finished log line, in time linear in its length. It works on the text, as the last wall:
 * whatever path a secret took into the line (bindings of a child logger, a nested object, JSON in a message, the
 * message of an error) it passes here.
 */
export function scrub(line: string): string {
  let text = scrubMembers(line, redacted);
  for (const [form, replacement] of secretForms) text = text.replace(form, replacement);
  return scrubUrls(text, redacted);
}
