/** The migrated database equals prisma/schema.prisma: Prisma's DMMF of it against Postgres's catalogue. */
import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { type DataModel, type Field, type Model, readDataModel } from './datamodel.ts';

const database = useDatabase();
let models: DataModel['models'] = [];
let enums: DataModel['enums'] = [];
let indexes: DataModel['indexes'] = [];

interface Column {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
}
const catalogue: {
  columns: Column[];
  keys: { table: string; kind: 'p' | 'u'; columns: string }[];
  foreign: {
    table: string;
    columns: string;
    target: string;
    targetColumns: string;
    onDelete: string;
    onUpdate: string;
  }[];
  indexes: { table: string; columns: string }[];
  enums: { name: string; values: string }[];
} = { columns: [], keys: [], foreign: [], indexes: [], enums: [] };

beforeAll(async () => {
  ({ models, enums, indexes } = await readDataModel());
  const client = new pg.Client({ connectionString: database().ownerUrl });
  await client.connect();
  const read = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> =>
    (await client.query<Row>(sql)).rows;
  const ours = `relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'`;
  catalogue.columns = await read(
    `SELECT c.relname AS "table", a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS nullable
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE ${ours}`,
  );
  const names = (numbers: string, relation: string) =>
    `(SELECT string_agg(attname, ',' ORDER BY place) FROM unnest(${numbers}) WITH ORDINALITY AS n (number, place)
      JOIN pg_attribute ON attrelid = ${relation} AND attnum = number)`;
  catalogue.keys = await read(
    `SELECT c.relname AS "table", CASE WHEN indisprimary THEN 'p' ELSE 'u' END AS kind,
       ${names('i.indkey::int2[]', 'c.oid')} AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE i.indisunique AND i.indpred IS NULL AND ${ours}`,
  );
  catalogue.foreign = await read(
    `SELECT c.relname AS "table", ${names('k.conkey', 'k.conrelid')} AS columns, t.relname AS target,
       ${names('k.confkey', 'k.confrelid')} AS "targetColumns", confdeltype AS "onDelete", confupdtype AS "onUpdate"
     FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid,
       LATERAL (SELECT * FROM pg_class WHERE oid = k.conrelid AND ${ours}) c WHERE k.contype = 'f'`,
  );
  catalogue.indexes = await read(
    `SELECT c.relname AS "table", ${names('i.indkey::int2[]', 'c.oid')} AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE NOT i.indisunique AND i.indpred IS NULL AND ${ours}`,
  );
  catalogue.enums = await read(
    `SELECT typname AS name, string_agg(enumlabel, ',' ORDER BY enumsortorder) AS "values"
     FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY 1`,
  );
  await client.end();
});

const tableOf = (model: Model): string => model.dbName ?? model.name;
const columnOf = (field: Field): string => field.dbName ?? field.name;
const stored = (model: Model): Field[] => model.fields.filter((field) => field.kind !== 'object');
const columnsOf = (model: Model, fields: readonly string[]): string =>
  fields.map((name) => columnOf(model.fields.find((field) => field.name === name) as Field)).join(',');
const sorted = <T>(items: T[]): T[] =>
  [...items].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

const typeOf = (field: Field): string => {
  const [native, parameters] = field.nativeType ?? [];
  const scalar: Record<string, string> = {
    String: 'text',
    Int: 'integer',
    BigInt: 'bigint',
    Float: 'double precision',
    Boolean: 'boolean',
    Json: 'jsonb',
    Bytes: 'bytea',
  };
  const plain =
    native === 'Timestamptz'
      ? `timestamp(${parameters?.[0]}) with time zone`
      : (enums.find((one) => one.name === field.type)?.dbName ?? scalar[field.type] ?? `? ${field.type}`);
  return field.isList ? `${plain}[]` : plain;
};

test('tables and columns, with types and nullability', () => {
  const expected = models.flatMap((model) =>
    stored(model).map((field) => ({
      table: tableOf(model),
      column: columnOf(field),
      type: typeOf(field),
      nullable: !field.isRequired,
    })),
  );
  expect(expected.length).toBeGreaterThan(100);
  expect(sorted(catalogue.columns)).toEqual(sorted(expected));
});

test('primary keys and unique columns', () => {
  const expected = models.flatMap((model) => {
    const table = tableOf(model);
    const id =
      model.primaryKey?.fields ?? model.fields.filter((field) => field.isId).map((field) => field.name);
    const unique = [
      ...model.fields.filter((field) => field.isUnique).map((field) => [field.name]),
      ...model.uniqueFields,
    ];
    return [
      { table, kind: 'p', columns: columnsOf(model, id) },
      ...unique.map((fields) => ({ table, kind: 'u', columns: columnsOf(model, fields) })),
    ];
  });
  expect(sorted(catalogue.keys)).toEqual(sorted(expected));
});

test('indexes that are not partial; the language cannot say the others', () => {
  const expected = indexes
    .filter((index) => index.type === 'normal')
    .map((index) => {
      const model = models.find((one) => one.name === index.model) as Model;
      return {
        table: tableOf(model),
        columns: columnsOf(
          model,
          index.fields.map((field) => field.name),
        ),
      };
    });
  expect(expected.length).toBeGreaterThan(5);
  expect(sorted(catalogue.indexes)).toEqual(sorted(expected));
});

test('foreign keys, with what happens on delete and update', () => {
  const letter: Record<string, string> = { Cascade: 'c', Restrict: 'r', SetNull: 'n', NoAction: 'a' };
  const expected = models.flatMap((model) =>
    model.fields
      .filter((field) => (field.relationFromFields?.length ?? 0) > 0)
      .map((field) => {
        const target = models.find((one) => one.name === field.type) as Model;
        return {
          table: tableOf(model),
          columns: columnsOf(model, field.relationFromFields ?? []),
          target: tableOf(target),
          targetColumns: columnsOf(target, field.relationToFields ?? []),
          onDelete: letter[field.relationOnDelete ?? ''],
          onUpdate: letter[field.relationOnUpdate ?? ''],
        };
      }),
  );
  expect(expected.length).toBeGreaterThan(10);
  expect(sorted(catalogue.foreign)).toEqual(sorted(expected));
});

test('enums, with their values in order', () => {
  const expected = enums.map((one) => ({
    name: one.dbName ?? one.name,
    values: one.values.map((value) => value.name).join(','),
  }));
  expect(sorted(catalogue.enums)).toEqual(sorted(expected));
});
