/** Prisma's own reading of prisma/schema.prisma (its DMMF), which the generated client holds only in part. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { processEnvironment } from '@spikefit/local-services';

export interface Field {
  name: string;
  dbName?: string | null;
  kind: 'scalar' | 'object' | 'enum';
  type: string;
  isList: boolean;
  isRequired: boolean;
  isId: boolean;
  isUnique: boolean;
  nativeType?: [string, string[]] | null;
  relationFromFields?: string[];
  relationToFields?: string[];
  relationOnDelete?: string;
  relationOnUpdate?: string;
}

export interface Model {
  name: string;
  dbName: string | null;
  fields: Field[];
  primaryKey: { fields: string[] } | null;
  uniqueFields: string[][];
}

export interface DataModel {
  models: Model[];
  enums: { name: string; dbName?: string | null; values: { name: string }[] }[];
  indexes: { model: string; type: string; fields: { name: string }[] }[];
}

const home = fileURLToPath(new URL('..', import.meta.url));

export async function readDataModel(): Promise<DataModel> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-datamodel-'));
  try {
    const schema = await readFile(path.join(home, '../../prisma/schema.prisma'), 'utf8');
    const output = path.join(folder, 'datamodel.json');
    const provider = `${process.execPath} ${path.join(home, 'test/datamodel-generator.mjs')}`;
    const generator = `generator datamodel {\n  provider = "${provider}"\n  output = "${output}"\n}\n`;
    const changed = schema.replace(/generator client \{[^}]*\}/, generator);
    await writeFile(path.join(folder, 'schema.prisma'), changed);
    await promisify(execFile)(
      process.execPath,
      [
        path.join(home, 'node_modules/prisma/build/index.js'),
        'generate',
        '--schema',
        path.join(folder, 'schema.prisma'),
      ],
      { cwd: home, env: { ...processEnvironment, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' } },
    );
    return JSON.parse(await readFile(output, 'utf8')) as DataModel;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
