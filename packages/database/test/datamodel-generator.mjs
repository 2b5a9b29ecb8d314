// A Prisma generator that writes the data model, as Prisma understands prisma/schema.prisma, as JSON to its output.
// Prisma speaks JSON-RPC with generators: requests come in lines on stdin, answers go in lines to stderr.
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  let result = null;
  if (method === 'getManifest') {
    result = { manifest: { prettyName: 'data model', defaultOutput: 'datamodel.json', requiresEngines: [] } };
  } else if (method === 'generate') {
    writeFileSync(params.generator.output.value, JSON.stringify(params.dmmf.datamodel));
  }
  process.stderr.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
}
