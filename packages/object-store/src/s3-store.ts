/**
 * Objects in one bucket, below an optional prefix. Immutability is the server's: every write is conditional on the
 * key being free (`If-None-Match: *`). The checksum stands in the object's metadata.
 */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { CodedError } from '@spikefit/contracts';
import { checksumOf, requireChecksum } from './checksum.ts';
import { checkKey, checkPrefix, checkSha256 } from './keys.ts';
import type { ObjectInfo, ObjectSource, ObjectStore } from './object-store.ts';
import { readSource } from './read-source.ts';
import { answering, toStorageError } from './storage-error.ts';
import { writeWholeFile } from './whole-file.ts';

/** Larger objects go up in parts of this size. */
const partBytes = 16 * 1024 * 1024;

export interface S3Location {
  bucket: string;
  /** Empty, or ending with "/". */
  prefix: string;
}

export function openS3Store(client: S3Client, { bucket, prefix }: S3Location): ObjectStore {
  const place = (key: string) => ({ Bucket: bucket, Key: prefix + checkKey(key) });

  const coded = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toStorageError(error, key);
    }
  };

  const get: ObjectStore['get'] = (key) =>
    coded(key, async () => {
      const { Body } = await client.send(new GetObjectCommand(place(key)));
      if (!(Body instanceof Readable))
        throw new CodedError('internal.error', `the object ${key} came without a body`);
      return Body;
    });

  const head = async (key: string): Promise<(ObjectInfo & { sha256: string | undefined }) | null> => {
    try {
      const { ContentLength, LastModified, Metadata } = await client.send(new HeadObjectCommand(place(key)));
      return {
        key,
        bytes: ContentLength ?? 0,
        modifiedAt: LastModified ?? new Date(0),
        sha256: Metadata?.sha256,
      };
    } catch (error) {
      if (toStorageError(error, key).code === 'object.not-found') return null;
      throw error;
    }
  };

  const close = async (): Promise<void> => client.destroy();

  return {
    put: (key, source, options) =>
      coded(key, async () => {
        const target = place(key);
        const { sha256, bytes } = await checksumOf(await readSource(source));
        requireChecksum(`what was to become ${key}`, checkSha256(options.sha256), sha256);
        const input = {
          ...target,
          Metadata: { sha256 },
          ContentType: 'application/octet-stream',
          IfNoneMatch: '*',
        };
        for (let attempt = 1; ; attempt += 1) {
          try {
            await upload(client, input, source, sha256, bytes);
            return { bytes };
          } catch (error) {
            if (!isConflict(error)) throw error;
            const existing = await head(key);
            if (existing?.sha256 === sha256) return { bytes };
            // 409: another writer of the key has not ended yet, and may still fail.
            if (existing === null && attempt < 5) continue;
            throw new CodedError('object.exists', `${key} exists with other content`, { cause: error });
          }
        }
      }),

    get,

    getToFile: (key, file, sha256) =>
      coded(key, async () => {
        const content = await get(key);
        await writeWholeFile(file, content, (written) =>
          requireChecksum(`the object ${key}`, checkSha256(sha256), written.sha256),
        );
      }),

    stat: (key) =>
      coded(key, async () => {
        const found = await head(key);
        if (found === null) return null;
        if (found.sha256 === undefined) {
          throw new CodedError(
            'object.corrupt',
            `the object ${key} was not written by this service: it has no checksum`,
          );
        }
        return { ...found, sha256: found.sha256 };
      }),

    delete: (key) => coded(key, async () => void (await client.send(new DeleteObjectCommand(place(key))))),

    list: (keyPrefix) => listObjects(client, bucket, prefix, checkPrefix(keyPrefix)),

    check: () => answering(async () => void (await client.send(new HeadBucketCommand({ Bucket: bucket })))),

    close,
    [Symbol.asyncDispose]: close,
  };
}

async function upload(
  client: S3Client,
  input: {
    Bucket: string;
    Key: string;
    Metadata: Record<string, string>;
    ContentType: string;
    IfNoneMatch: string;
  },
  source: ObjectSource,
  sha256: string,
  bytes: number,
): Promise<void> {
  if (bytes > partBytes) {
    const Body = await readSource(source);
    // Each part has a checksum of its own.
    await new Upload({ client, params: { ...input, Body }, partSize: partBytes, queueSize: 2 }).done();
    return;
  }
  // In memory, because the client can send it again only then.
  const Body = source instanceof Uint8Array ? source : await readFile(source.path);
  const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
  await client.send(new PutObjectCommand({ ...input, Body, ChecksumSHA256 }));
}

async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  keyPrefix: string,
): AsyncGenerator<ObjectInfo> {
  let token: string | undefined;
  do {
    const page = await client
      .send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix + keyPrefix, ContinuationToken: token }),
      )
      .catch((error: unknown) => {
        throw toStorageError(error, keyPrefix);
      });
    for (const { Key = '', Size, LastModified } of page.Contents ?? []) {
      yield { key: Key.slice(prefix.length), bytes: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && ['PreconditionFailed', 'ConditionalRequestConflict'].includes(error.name);
}
