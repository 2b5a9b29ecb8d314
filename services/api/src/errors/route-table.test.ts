import { expect, test } from 'vitest';
import { RouteTable } from './route-table.ts';

test('a path answers to the methods of every route that matches it', () => {
  const table = new RouteTable();
  table.add('GET', '/v1/jobs');
  table.add('POST', '/v1/jobs');
  table.add(['GET', 'HEAD'], '/v1/jobs/:jobId');
  table.add('GET', '/docs/*');
  table.add('GET', '/openapi.json');
  expect(table.methods('/v1/jobs')).toEqual(['GET', 'POST']);
  expect(table.methods('/v1/jobs/job_1')).toEqual(['GET', 'HEAD']);
  expect(table.methods('/v1/jobs/')).toEqual(['GET', 'POST']);
  expect(table.methods('/v1/jobs/a/b')).toEqual([]);
  expect(table.methods('/docs/static/a.js')).toEqual(['GET']);
  expect(table.methods('/openapiXjson')).toEqual([]);
});
