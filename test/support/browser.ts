// A real browser for tests of pages. It is started with a profile of its own, and talks to this machine only.
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Looked for in this order, after HOOKLINE_TEST_BROWSER. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
/** It runs as root in containers, where it has no sandbox, and asks nobody for updates. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser of this machine, without a window. Rejects with what to install where there is none. */
export async function startBrowser(): Promise<Browser> {
  const named = process.env['HOOKLINE_TEST_BROWSER'];
  const places = named === undefined || named === '' ? PLACES : [named];
  const executablePath = places.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error(
      `This test needs a browser, and there is none at ${places.join(' or ')}: apt-get install chromium, or set HOOKLINE_TEST_BROWSER to the path of one`,
    );
  }
  return chromium.launch({ executablePath, args: ARGUMENTS });
}
