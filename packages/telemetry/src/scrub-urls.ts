const scheme = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}:\/\//gi;
/** Up to a space, a quote or an escaped character; an escaped backslash may be part of a password. */
const untilBreak = /(?:[^\s"'\\]|\\\\)*/y;

/**
 * Takes `user:password@` out of every URL. A password is often not escaped as it should be: when there is one
 * (a colon before the first slash), everything up to the last `@` goes.
 */
export function scrubUrls(text: string, replacement: string): string {
  let scrubbed = '';
  let done = 0;
  /** End of the word that the URL stands in, and its last `@`: read once per word, however many URLs it has. */
  let wordEnd = 0;
  let lastAt = -1;
  scheme.lastIndex = 0;
  for (let match = scheme.exec(text); match !== null; match = scheme.exec(text)) {
    const start = scheme.lastIndex;
    if (start >= wordEnd) {
      untilBreak.lastIndex = start;
      untilBreak.exec(text);
      wordEnd = untilBreak.lastIndex;
      lastAt = text.lastIndexOf('@', wordEnd - 1);
    }
    if (lastAt < start) continue;
    const authority = /^[^/?#]*/.exec(text.slice(start, wordEnd))?.[0] ?? '';
    const end = authority.includes(':') ? lastAt : start + authority.lastIndexOf('@');
    if (end < start) continue;
    scrubbed += text.slice(done, start) + replacement;
    done = end;
    scheme.lastIndex = end;
  }
  return scrubbed + text.slice(done);
}
