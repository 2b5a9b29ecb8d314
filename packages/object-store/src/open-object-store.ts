import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { CodedError } from '@spikefit/contracts';
import { openFileStore } from './file-store.ts';
import type { ObjectStore, ObjectStoreOptions } from './object-store.ts';
import { openS3Store } from './s3-store.ts';

/**
 * @param url `file:/directory`, or `s3://bucket/prefix?endpoint=https://…&region=…`; an endpoint of one's own is
 *   addressed path-style
 * @throws CodedError `config.invalid`
 */
export function openObjectStore(url: string, options: ObjectStoreOptions = {}): ObjectStore {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === 'file:') return openFileStore(path.resolve(fileURLToPath(parsed)));
  if (parsed?.protocol === 's3:') return openS3(parsed, options);
  throw new CodedError('config.invalid', 'the object store must be file:/directory or s3://bucket/prefix');
}

function openS3(url: URL, options: ObjectStoreOptions): ObjectStore {
  const unknown = [...url.searchParams.keys()].filter((name) => name !== 'endpoint' && name !== 'region');
  if (url.hostname === '' || unknown.length > 0 || url.username !== '' || url.password !== '') {
    throw new CodedError(
      'config.invalid',
      'the object store must be s3://bucket/prefix, with only endpoint and region as parameters and no credentials',
    );
  }
  const endpoint = url.searchParams.get('endpoint');
  const region = url.searchParams.get('region') ?? options.region ?? (endpoint === null ? null : 'us-east-1');
  const client = new S3Client({
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(region === null ? {} : { region }),
    ...(options.credentials ? { credentials: identityOf(options.credentials) } : {}),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
  });
  const prefix = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  return openS3Store(client, { bucket: url.hostname, prefix: prefix === '' ? '' : `${prefix}/` });
}

function identityOf(credentials: NonNullable<ObjectStoreOptions['credentials']>) {
  const { sessionToken, ...identity } = credentials;
  return sessionToken ? { ...identity, sessionToken } : identity;
}
