const redacted = '[redacted]';

/** Values of members whose name says that they are secret, in a line of JSON. */
const secretMember =
  /("[^"\\]*(?:secret|password|passphrase|authorization|cookie|token|api[-_]?key|signature|databaseUrl|redisUrl)[^"\\]*"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/** Secrets that are known by their form, wherever they stand: in a message, a stack trace, a URL. */
const secretForms: readonly [RegExp, string][] = [
  [/\bsk_[A-Za-z0-9_-]{8,}/g, `sk_${redacted}`],
  [/\bwhsec_[A-Za-z0-9+/=_-]{8,}/g, `whsec_${redacted}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${redacted}`],
  // user:password@host of any URL
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"\\]+@/gi, `$1${redacted}@`],
];

/**
 * Takes secrets out of a finished log line. It works on the text, as the last wall: whatever path a secret took
 * into the line (bindings of a child logger, a nested object, the message of an error) it passes here.
 */
export function scrub(line: string): string {
  let text = line.replace(secretMember, `$1"${redacted}"`);
  for (const [form, replacement] of secretForms) text = text.replace(form, replacement);
  return text;
}
