import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// The Prisma command wants to download its schema engine, which only its migrate commands run. Generating the client
// does without when this names any existing file. Migrations are applied by src/migrate.ts, never with this setting:
// `prisma migrate` would then do nothing and say nothing.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

const root = new URL('../../', import.meta.url);

export default defineConfig({
  schema: fileURLToPath(new URL('prisma/schema.prisma', root)),
  migrations: { path: fileURLToPath(new URL('prisma/migrations', root)) },
});
