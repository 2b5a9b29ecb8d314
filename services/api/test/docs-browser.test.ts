/** /docs in a real browser: authorize, fill in the example, send a job. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { skipAloud } from '@spikefit/testkit';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { TestApi } from './test-api.ts';

const executablePath = process.env.SPIKEFIT_CHROMIUM ?? '/usr/bin/chromium';
const screenshot = fileURLToPath(new URL('../../../docs/images/swagger-ui.png', import.meta.url));

test('a job can be submitted from /docs with a key', { timeout: 120_000 }, async (context) => {
  if (!existsSync(executablePath)) {
    skipAloud(context, `no Chromium at ${executablePath} (apt install chromium, or set SPIKEFIT_CHROMIUM)`);
  }
  await using api = await TestApi.open();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.app.server.address() as AddressInfo;
  const profile = await mkdtemp(path.join(tmpdir(), 'spikefit-chromium-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 1600 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  try {
    const page = await browser.newPage();
    const refused: string[] = [];
    const strangers: string[] = [];
    page.on('console', (message) => {
      if (/Content.Security.Policy|Refused to/i.test(message.text())) refused.push(message.text());
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') strangers.push(request.url());
    });
    await page.goto(`http://127.0.0.1:${port}/docs`);
    await page.getByRole('heading', { name: /SpikeFit API/ }).waitFor();

    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page
      .getByLabel('auth-bearer-value')
      .or(page.locator('.auth-container input'))
      .first()
      .fill(api.tenant.key);
    await page.locator('.auth-btn-wrapper button.authorize').click();
    await page.locator('.auth-btn-wrapper button.btn-done').click();

    const operation = page.locator('#operations-jobs-createJob');
    await operation.locator('.opblock-summary').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const live = operation.locator('.live-responses-table tbody .response-col_status').first();
    await live.waitFor();
    expect(await live.textContent()).toMatch(/^201/);

    const { data } = (await api.call('GET /v1/jobs')).json();
    expect(data).toMatchObject([{ name: 'fashion on Loihi', status: 'queued' }]);
    expect(refused).toEqual([]);
    expect(strangers).toEqual([]);
    if (process.env.SPIKEFIT_UPDATE_SCREENSHOTS === '1') {
      // The picture shows no key, and the request beside its answer.
      await page.addStyleTag({ content: '.curl-command { display: none }' });
      await operation.locator('.opblock-summary').evaluate((element) => element.scrollIntoView());
      await page.screenshot({ path: screenshot });
    }
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
});
