// The environment that a Hookline under test is given: free ports, a folder of its own, and the outside as its only outside.
import { exampleConfig, exampleSecrets, EXAMPLES } from './examples.ts';
import { freePorts } from './free-port.ts';
import type { Mailbox } from './mailbox.ts';
import type { Outside } from './outside.ts';

export interface TestPlace {
  dataDir: string;
  outside: Outside;
  mailbox: Mailbox;
  /** Folder with flows; the examples by default. */
  flows?: string;
}

/** Settings by the names of docs/configuration.md, with the examples' secrets and settings. */
export async function testEnvironment(place: TestPlace): Promise<Record<string, string>> {
  const { dataDir, outside, mailbox, flows = EXAMPLES } = place;
  return {
    ...(await testPorts()),
    HOOKLINE_HOST: '127.0.0.1',
    HOOKLINE_FLOWS: flows,
    HOOKLINE_DATA_DIR: dataDir,
    HOOKLINE_ALLOW_PRIVATE_NETWORK: 'true',
    // The examples' payloads are sent many times over, as in `hookline dev`.
    HOOKLINE_REPLAY_WINDOWS: 'false',
    HOOKLINE_LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    ...prefixed('HOOKLINE_SECRET_', exampleSecrets),
    ...prefixed('HOOKLINE_CONFIG_', exampleConfig(outside.url, mailbox.url)),
  };
}

/** Free ports for everything that listens; they stay the same when the process is started again. */
export async function testPorts(): Promise<Record<string, string>> {
  const [port, temporalPort, uiPort] = await freePorts(3);
  return {
    HOOKLINE_PORT: String(port),
    HOOKLINE_TEMPORAL_PORT: String(temporalPort),
    HOOKLINE_TEMPORAL_UI_PORT: String(uiPort),
  };
}

/** The same values, each name with this before it. */
export function prefixed(prefix: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}
