import { expect, test } from 'vitest';
import { curlCommands } from './curl-commands.mjs';

test('reads method, path, headers and body, and nothing outside of shell blocks', () => {
  const markdown = `
\`\`\`sh
npm test   # curl
curl -s "$URL/v1/jobs?limit=2" -H "Authorization: Bearer $KEY" -d '{
  "name": "it is # no comment"
}'
JOB=job_1
curl -sN -X DELETE "$URL/v1/jobs/$JOB"   # curl "stops" it
\`\`\`
\`\`\`json
curl "$URL/no"
\`\`\`
`;
  expect(curlCommands(markdown)).toMatchObject([
    {
      method: 'POST',
      path: '/v1/jobs?limit=2',
      headers: { authorization: 'Bearer $KEY' },
      body: '{\n  "name": "it is # no comment"\n}',
    },
    { method: 'DELETE', path: '/v1/jobs/$JOB', headers: {}, body: undefined },
  ]);
});

test('refuses what it does not understand', () => {
  const block = (/** @type {string} */ text) => `\`\`\`sh\n${text}\n\`\`\``;
  expect(() => curlCommands(block('curl --proxy x "$URL/"'))).toThrow(/not understood/);
  expect(() => curlCommands(block('curl -s'))).toThrow(/no \$URL/);
});
