#!/usr/bin/env node
// Entry of the `hookline` command. Workflow time zones must be UTC before any thread starts, so this comes first.
process.env.TZ = 'UTC';
await import('../dist/src/cli.js').catch((error) => {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist/src/cli.js')) throw error;
  process.stderr.write('hookline is not built yet: run `npm ci` (or `npm run build`) in this folder first.\n');
  process.exitCode = 1;
});
