import type { FastifyRequest } from 'fastify';

/** Node takes request lines of many kilobytes; no more than this is worth a place in the log. */
const longestText = 500;

/** What the log says of a request. */
export function loggedRequest(request: FastifyRequest): Record<string, unknown> {
  const { method, url, host, ip } = request;
  return {
    method,
    url: shortened(url),
    host: shortened(host),
    remoteAddress: ip,
    remotePort: request.socket?.remotePort,
  };
}

function shortened(text: string): string {
  if (text.length <= longestText) return text;
  return `${text.slice(0, longestText)}… (${text.length} characters)`;
}
