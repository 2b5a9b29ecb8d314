import { describe, expect, test } from 'vitest';
import { isPublicAddress, judgeWebhookUrl } from './webhook-url.ts';

const strict = { allowHttp: false, allowPrivate: false };

describe('isPublicAddress', () => {
  test.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  test.each([
    '127.0.0.1',
    '127.255.0.3',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '2001:db8::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
    'ff02::1',
    'example.com',
    '',
  ])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('judgeWebhookUrl', () => {
  test('accepts https to a public name, with port, path and query', () => {
    const verdict = judgeWebhookUrl('https://Hooks.Example.com:8443/a?b=c', strict);
    expect(verdict).toMatchObject({ allowed: true, host: 'hooks.example.com', isAddress: false });
  });

  test('says that a literal address needs no resolving, also in brackets', () => {
    expect(judgeWebhookUrl('https://8.8.8.8/', strict)).toMatchObject({ host: '8.8.8.8', isAddress: true });
    expect(judgeWebhookUrl('https://[2606:4700:4700::1111]/', strict)).toMatchObject({
      host: '2606:4700:4700::1111',
      isAddress: true,
    });
  });

  test.each([
    ['not a url', /not an absolute URL/],
    ['/relative', /not an absolute URL/],
    ['http://example.com/', /scheme is http/],
    ['ftp://example.com/', /scheme is ftp/],
    ['file:///etc/passwd', /scheme is file/],
    ['https://user:secret@example.com/', /credentials/],
    ['https://user@example.com/', /credentials/],
    ['https://localhost/', /not a public host name/],
    ['https://LOCALHOST./', /not a public host name/],
    ['https://db.internal/', /not a public host name/],
    ['https://printer.local/', /not a public host name/],
    ['https://postgres/', /not a public host name/],
    ['https://127.0.0.1/', /not a public address/],
    ['https://2130706433/', /127\.0\.0\.1 is not a public address/],
    ['https://0x7f.1/', /127\.0\.0\.1 is not a public address/],
    ['https://169.254.169.254/latest/meta-data', /not a public address/],
    ['https://[::1]/', /not a public address/],
    ['https://[::ffff:10.0.0.1]/', /not a public address/],
    ['https://example.com:0/', /port 0/],
  ])('refuses %s', (url, reason) => {
    const verdict = judgeWebhookUrl(url, strict);
    expect(verdict.allowed).toBe(false);
    expect(verdict.allowed ? '' : verdict.reason).toMatch(reason);
  });

  test('an operator may allow private hosts and http, each on its own', () => {
    expect(judgeWebhookUrl('https://127.0.0.1:9/', { allowHttp: false, allowPrivate: true }).allowed).toBe(
      true,
    );
    expect(judgeWebhookUrl('http://127.0.0.1:9/', { allowHttp: false, allowPrivate: true }).allowed).toBe(
      false,
    );
    expect(judgeWebhookUrl('http://127.0.0.1:9/', { allowHttp: true, allowPrivate: false }).allowed).toBe(
      false,
    );
    expect(judgeWebhookUrl('http://localhost:9/', { allowHttp: true, allowPrivate: true }).allowed).toBe(
      true,
    );
    expect(judgeWebhookUrl('http://u:p@localhost/', { allowHttp: true, allowPrivate: true }).allowed).toBe(
      false,
    );
  });
});
