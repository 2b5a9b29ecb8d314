/**
 * Values of JSON members whose name says that they are secret. The line may hold JSON within JSON (a body in a
 * message): there each quote has backslashes before it, 2^n − 1 of them at depth n.
 */

/** Bounded on both sides, so that a long line takes linear time; what stands before the word needs no matching. */
const secretName =
  /(?:secret|password|passphrase|authorization|cookie|token|api[-_]?key|signature|databaseUrl|redisUrl)[^"\\]{0,64}(\\{0,31}")\s{0,8}:\s{0,8}/gi;

/** Text, lists and objects under such names become `replacement`; numbers, booleans and null stay. */
export function scrubMembers(line: string, replacement: string): string {
  let scrubbed = '';
  let done = 0;
  secretName.lastIndex = 0;
  for (let match = secretName.exec(line); match !== null; match = secretName.exec(line)) {
    const quote = match[1] ?? '"';
    const start = secretName.lastIndex;
    const end = valueEnd(line, start, quote);
    if (end === start) continue;
    scrubbed += line.slice(done, start) + quote + replacement + quote;
    done = end;
    secretName.lastIndex = end;
  }
  return scrubbed + line.slice(done);
}

function valueEnd(line: string, start: number, quote: string): number {
  if (line.startsWith(quote, start)) return textEnd(line, start + quote.length, quote);
  const first = line[start];
  return first === '[' || first === '{' ? groupEnd(line, start, quote) : start;
}

/**
 * Where the text that began before `from` ends, with its closing quote. A text that the JSON around it cuts off ends
 * there: at a quote with fewer backslashes than its own.
 */
function textEnd(line: string, from: number, quote: string): number {
  const depth = quote.length - 1;
  for (let at = line.indexOf('"', from); at !== -1; at = line.indexOf('"', at + 1)) {
    const backslashes = backslashesBefore(line, at, from);
    if (backslashes < depth) return at - backslashes;
    // A quote within the text has one backslash more, and again each of those has its own.
    if ((backslashes - depth) % (2 * (depth + 1)) === 0) return at + 1;
  }
  return line.length;
}

/** Where the list or object that begins at `start` ends. Brackets within its texts do not count. */
function groupEnd(line: string, start: number, quote: string): number {
  let open = 0;
  for (let at = start; at < line.length; at += 1) {
    const character = line[at];
    if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open -= 1;
    else if (character === '"') {
      const backslashes = backslashesBefore(line, at, start);
      if (backslashes < quote.length - 1) return at - backslashes;
      at = textEnd(line, at + 1, quote) - 1;
    }
    if (open === 0) return at + 1;
  }
  return line.length;
}

function backslashesBefore(line: string, at: number, from: number): number {
  let first = at;
  while (first > from && line[first - 1] === '\\') first -= 1;
  return at - first;
}
