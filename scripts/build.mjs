// `npm run build`: sets up what is missing and compiles. A second run skips every step.
import { bootstrap } from './lib/bootstrap.mjs';
import { printFailure } from './lib/steps.mjs';

try {
  console.log('Setting up');
  await bootstrap();
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}
