// Reads the curl commands of a Markdown text, as far as our documentation uses them.

/**
 * @typedef {{ method: string, path: string, headers: Record<string, string>, body: string | undefined, text: string }}
 *   Request  `path` is the URL without `$URL`, and may hold other variables of the shell
 */

/** Every curl command in the blocks marked `sh`. @param {string} markdown @returns {Request[]} */
export function curlCommands(markdown) {
  const blocks = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
  return blocks.flatMap(commandsOf);
}

/** A command begins with `curl` at the start of a line and goes on while a quotation is open. @param {string} block */
function commandsOf(block) {
  return [...block.matchAll(/^curl\s(?:'[^']*'|"[^"]*"|#.*|[^'"\n#])*/gm)].map(([text]) => toRequest(text));
}

/** @param {string} text @returns {Request} */
function toRequest(text) {
  const words = [...text.replace(/\s#.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
  /** @type {Record<string, string>} */
  const headers = {};
  let method;
  let body;
  let path;
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const next = () => words[++index] ?? '';
    if (word === '-X') method = next();
    else if (word === '-d') body = next();
    else if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(next()) ?? [];
      headers[name.toLowerCase()] = value;
    } else if (word.startsWith('$URL')) path = word.slice('$URL'.length);
    else if (!/^-[sN]+$/.test(word)) throw new Error(`not understood in "${text}": ${word}`);
  }
  if (path === undefined) throw new Error(`no $URL in "${text}"`);
  return { method: method ?? (body === undefined ? 'GET' : 'POST'), path, headers, body, text };
}
