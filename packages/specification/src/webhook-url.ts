import ipaddr from 'ipaddr.js';

/**
 * The one judgement about where a webhook may go. The API asks it when a job is created; the notifier asks it
 * again at each delivery, for the address that it then pins. Pure: the caller resolves names.
 */
export interface WebhookUrlRules {
  /** Also accept `http:`. */
  readonly allowHttp: boolean;
  /** Also accept names and addresses inside the operator's own network. */
  readonly allowPrivate: boolean;
}

export type WebhookUrlVerdict =
  | {
      readonly allowed: true;
      readonly url: URL;
      /** Host without brackets, to resolve; already an address when `isAddress`. */
      readonly host: string;
      readonly isAddress: boolean;
    }
  | { readonly allowed: false; readonly reason: string };

/** Names that never mean a public host: RFC 6761, 6762, 8375, 9476 and ICANN's `internal`. */
const privateSuffixes = ['localhost', 'local', 'internal', 'home.arpa', 'test', 'invalid', 'onion', 'alt'];

/** Only this block of IPv6 is given out for the public internet (IANA). */
const globalUnicast6 = ipaddr.parseCIDR('2000::/3');

/**
 * True when `address` is a unicast address of the public internet. Loopback, private, link-local, shared (CGNAT),
 * multicast, documentation and every transition range that can wrap another address are not.
 * A string that is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(globalUnicast6);
}

/** Judges what the text of a URL alone can tell; names must still be resolved and judged by {@link isPublicAddress}. */
export function judgeWebhookUrl(text: string, rules: WebhookUrlRules): WebhookUrlVerdict {
  const refuse = (reason: string): WebhookUrlVerdict => ({ allowed: false, reason });
  if (!URL.canParse(text)) return refuse('the text is not an absolute URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.allowHttp)) {
    return refuse(`the scheme is ${url.protocol.slice(0, -1)}, but only https is accepted`);
  }
  if (url.username !== '' || url.password !== '') return refuse('the URL carries credentials');
  if (url.port === '0') return refuse('port 0 cannot be connected to');
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === '') return refuse('the URL has no host');
  const isAddress = ipaddr.isValid(host);
  if (!rules.allowPrivate) {
    if (isAddress && !isPublicAddress(host)) return refuse(`${host} is not a public address`);
    if (!isAddress && isPrivateName(host)) return refuse(`${host} is not a public host name`);
  }
  return { allowed: true, url, host, isAddress };
}

function isPrivateName(host: string): boolean {
  const name = host.toLowerCase();
  if (!name.includes('.')) return true;
  return privateSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}
