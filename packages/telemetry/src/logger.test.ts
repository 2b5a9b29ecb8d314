import { CodedError } from '@spikefit/contracts';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function capture() {
  const lines: string[] = [];
  const logger = createLogger({ service: 'test', level: 'trace', write: (line) => lines.push(line) });
  return { logger, lines };
}

describe('createLogger', () => {
  it('writes one JSON object a line', () => {
    const { logger, lines } = capture();
    logger.info({ jobId: 'job_1' }, 'claimed');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0]!);
    expect(line).toMatchObject({ level: 'info', service: 'test', jobId: 'job_1', msg: 'claimed' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('shows the code, the detail and the cause of an error', () => {
    const { logger, lines } = capture();
    logger.error(
      { err: new CodedError('dataset.corrupt', 'x.gz', { cause: new Error('bad magic') }) },
      'failed',
    );
    expect(JSON.parse(lines[0]!).err).toMatchObject({ code: 'dataset.corrupt', detail: 'x.gz' });
    expect(lines[0]).toContain('bad magic');
  });

  it('takes secrets out, whichever way they came in', () => {
    const { logger, lines } = capture();
    const secret = 'S3cr3tValue0123456789';
    logger.info({ req: { headers: { authorization: `Bearer ${secret}` } } });
    logger.info({ deep: { deeper: [{ webhookSecret: secret, api_key: secret, apiKey: secret }] } });
    logger.child({ password: `with "quotes" ${secret}` }).info('bound');
    logger.info(`key sk_${secret} and whsec_${secret}`);
    logger.error(new Error(`connect postgres://user:${secret}@host:5432/db failed`));
    logger.info({ url: `rediss://:${secret}@redis:6379/0`, cookie: secret, 'webhook-signature': secret });
    expect(lines).toHaveLength(6);
    for (const line of lines) {
      expect(line).not.toContain(secret);
      expect(line).toContain('[redacted]');
      expect(() => JSON.parse(line)).not.toThrow();
    }
    expect(lines[4]).toContain('host:5432/db');
  });
});
