import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '@spikefit/contracts';
import { PortTaken, withFreePort } from './free-port.ts';
import { type ManagedProcess, startProcess } from './managed-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { ensureVersitygw, findVersitygw } from './versitygw-program.ts';

export interface S3Options {
  /** Keep the objects here; without it they are thrown away. */
  readonly dataDir?: string;
  /** Build the server if there is none. Default true; it takes minutes. */
  readonly build?: boolean;
  /** Created when missing. Default `spikefit`. */
  readonly bucket?: string;
}

export interface LocalS3 extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; path-style addressing. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly process: ManagedProcess;
  stop(): Promise<void>;
}

/**
 * Starts an S3 server on a free loopback port with random keys. Where none can be had, answers the reason: callers
 * skip, and say so.
 */
export async function startS3(options: S3Options = {}): Promise<LocalS3 | { readonly unavailable: string }> {
  const found = options.build === false ? findVersitygw() : await ensureVersitygw();
  if ('unavailable' in found) return found;
  const throwAway = options.dataDir === undefined ? await temporaryFolder('s3') : undefined;
  const folder = path.resolve(throwAway?.path ?? options.dataDir ?? '');
  const bucket = options.bucket ?? 'spikefit';
  const accessKeyId = `local${randomBytes(8).toString('hex')}`;
  const secretAccessKey = randomBytes(24).toString('hex');
  const region = 'us-east-1';
  try {
    // Every folder at the top is a bucket; the metadata stands beside, because not every file system has user attributes.
    const objects = path.join(folder, 'objects');
    const metadata = path.join(folder, 'metadata');
    await mkdir(path.join(objects, bucket), { recursive: true, mode: 0o700 });
    await mkdir(metadata, { recursive: true, mode: 0o700 });
    const { managed, endpoint } = await withFreePort(async (port) => {
      const address = `127.0.0.1:${port}`;
      const managed = await startProcess({
        name: 's3',
        command: found.program,
        args: [
          '--port',
          address,
          '--region',
          region,
          '--health',
          '/healthz',
          '--quiet',
          'posix',
          '--sidecar',
          metadata,
          objects,
        ],
        env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
        readyWhen: { http: `http://${address}/healthz` },
      }).catch((error: unknown) => {
        if (error instanceof CodedError && /address already in use/i.test(error.detail)) {
          throw new PortTaken(error.message, { cause: error });
        }
        throw error;
      });
      return { managed, endpoint: `http://${address}` };
    });
    const stop = async () => {
      await managed.stop();
      await throwAway?.remove();
    };
    return {
      endpoint,
      region,
      bucket,
      accessKeyId,
      secretAccessKey,
      process: managed,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await throwAway?.remove();
    throw error;
  }
}
