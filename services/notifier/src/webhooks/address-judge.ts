import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isPublicAddress, judgeWebhookUrl } from '@spikefit/specification';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}
export type Resolver = (host: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolver: Resolver = (host) => lookup(host, { all: true, verbatim: true });

export type Destination =
  | { readonly allowed: true; readonly url: URL; readonly addresses: readonly ResolvedAddress[] }
  | { readonly allowed: false; readonly reason: string };

/**
 * Judges a URL again at the time of delivery, now with the addresses that its name stands for. One address on the
 * deny list refuses them all: a name that mixes public and private addresses is an attack or a mistake.
 */
export async function judgeDestination(
  text: string,
  policy: { allowPrivateAddresses: boolean; allowHttp: boolean },
  resolve: Resolver,
): Promise<Destination> {
  const verdict = judgeWebhookUrl(text, {
    allowHttp: policy.allowHttp,
    allowPrivate: policy.allowPrivateAddresses,
  });
  if (!verdict.allowed) return { allowed: false, reason: verdict.reason };
  const addresses = verdict.isAddress
    ? [{ address: verdict.host, family: verdict.host.includes(':') ? 6 : 4 }]
    : await resolve(verdict.host);
  if (addresses.length === 0) return { allowed: false, reason: `${verdict.host} has no address` };
  const refused = policy.allowPrivateAddresses
    ? undefined
    : addresses.find(({ address }) => !isPublicAddress(address));
  if (refused !== undefined) {
    return {
      allowed: false,
      reason: `${verdict.host} stands for ${refused.address}, which is not a public address`,
    };
  }
  return { allowed: true, url: verdict.url, addresses };
}

/**
 * A look-up that knows only the judged addresses. The connection uses it in place of DNS, so that an answer which
 * changes between judgement and connection (rebinding) changes nothing.
 */
export function pinnedLookup(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const wanted =
      options.family === 4 || options.family === 'IPv4'
        ? 4
        : options.family === 6 || options.family === 'IPv6'
          ? 6
          : 0;
    const fitting = addresses.filter(({ family }) => wanted === 0 || family === wanted);
    const first = fitting[0];
    if (first === undefined) {
      callback(Object.assign(new Error('no pinned address'), { code: 'ENOTFOUND' }), '', 0);
    } else if (options.all === true) {
      callback(null, [...fitting]);
    } else {
      callback(null, first.address, first.family);
    }
  };
}
