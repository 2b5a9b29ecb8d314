import { describe, expect, it } from 'vitest';
import { scrub } from './scrub.ts';

const secret = 'S3cr3tValue0123456789';
/** A line as the logger writes it. */
const line = (fields: object) => JSON.stringify({ level: 'info', ...fields });

describe('scrub', () => {
  it.each<[string, object, string[]]>([
    ['a variable in a message', { msg: `AWS_SECRET_ACCESS_KEY=${secret} is wrong` }, ['is wrong']],
    ['a quoted variable', { msg: `PGPASSWORD="${secret} ${secret}" psql` }, ['psql']],
    ['a variable in single quotes', { msg: `export SECRET_KEY='${secret} ${secret}'; run` }, ['; run']],
    ['one of several lines', { msg: `A=1\nAPI_TOKEN=${secret}\nB=2` }, ['A=1', 'B=2']],
    ['a signed URL', { url: `/x?X-Amz-Signature=${secret}&part=7` }, ['part=7']],
    ['JSON in a message', { msg: `sent ${JSON.stringify({ password: secret, user: 'ann' })}` }, ['ann']],
    [
      'JSON in JSON in a message, with quotes and backslashes',
      { msg: JSON.stringify({ body: JSON.stringify({ token: `a"b\\"${secret}\\`, left: 'here' }) }) },
      ['here'],
    ],
    ['JSON that was cut off', { msg: `{"webhookSecret":"${secret}`, next: 'field' }, ['field']],
    ['a list', { secrets: [secret, `with ] and "${secret}`], next: 'field' }, ['field']],
    ['a list in a message', { msg: JSON.stringify({ cookies: [[secret], secret], next: 1 }) }, ['next']],
    ['an object', { token: { value: secret, more: [{ deep: secret }] }, next: 'field' }, ['field']],
    ['a slash in the password of a URL', { msg: `to s3://key:ab/${secret}/x@host:9000/b` }, ['host:9000/b']],
    ['an @ in the password of a URL', { msg: `redis://u:p@${secret}@h/0` }, ['redis://', '@h/0']],
    ['a backslash in the password of a URL', { msg: `redis://u:a\\${secret}@h/0` }, ['@h/0']],
    [
      'a URL within a URL',
      { msg: `http://h/?to=redis://u:${secret}@r/0` },
      ['http://h/?to=redis://', '@r/0'],
    ],
  ])('takes out %s', (_, fields, kept) => {
    const scrubbed = scrub(line(fields));
    expect(scrubbed).not.toContain(secret);
    expect(scrubbed).toContain('[redacted]');
    for (const text of kept) expect(scrubbed).toContain(text);
    expect(() => JSON.parse(scrubbed)).not.toThrow();
  });

  it.each<[object]>([
    [{ msg: 'the token is missing', tokens: 5, secret: null }],
    [{ url: 'http://127.0.0.1:8080/v1/jobs/job_1/events?after=3' }],
    [{ msg: 'see https://example.com/@name and mail a@example.com' }],
    [{ msg: 'ratio = 3', list: ['a', 'b'], text: 'ends with secret' }],
  ])('leaves %j as it is', (fields) => {
    expect(scrub(line(fields))).toBe(line(fields));
  });

  const size = 16_384;
  it.each([
    'a',
    'a.',
    'a:',
    'a://',
    'a://b/',
    'a:/b@',
    'secret',
    'secret=',
    'secret"',
    'secret":"',
    '"secret":[',
    '\\',
    '"',
    'sk_',
    'Bearer ',
    ' ',
    'a@',
  ])('takes a few milliseconds for 16 kB of %j', (part) => {
    const text = part.repeat(Math.ceil(size / part.length));
    for (const input of [text, line({ msg: text }), line({ msg: `x://u:p${text}@` })]) {
      // The quickest of three: the machine may have been busy with others.
      const times = [1, 2, 3].map(() => {
        const started = performance.now();
        scrub(input);
        return performance.now() - started;
      });
      expect(Math.min(...times)).toBeLessThan(25);
    }
  });
});
