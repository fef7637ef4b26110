// Runs a flow's cases from texts, through the same door as the command: files in a folder, a suite, its report as text.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { textReport } from '../../src/testing/report-text.ts';
import { runSuite, type CaseResult, type SuiteResult } from '../../src/testing/suite.ts';

export interface Tested {
  suite: SuiteResult;
  /** The report, the folder's name left out. */
  text: string;
  /** Everything that was not as expected, by the name of the case: `path: note` or `path: expected / actual`; what does not load too. */
  wrong: Record<string, string[]>;
}

/** A flow that makes calls and nothing else: `steps` are indented by two. */
export function flowOf(steps: string, rest = ''): string {
  return `flow: demo\ntriggers:\n  - manual: true\n${rest}steps:\n${steps}`;
}

/** A test document for it; `cases` are indented by two. */
export function casesOf(cases: string, rest = ''): string {
  return `test: demo\n${rest}cases:\n${cases}`;
}

/** Tests `files` (by their names below a folder) as `hookline test FOLDER` does. */
export async function testFiles(files: Record<string, string>, filter?: string): Promise<Tested> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-cases-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const suite = await runSuite({ flows: folder, tests: folder, ...(filter !== undefined && { filter }) });
    const errors = suite.problems.filter(({ severity }) => severity === 'error');
    return {
      suite,
      text: textReport(suite, false).replaceAll(`${folder}/`, ''),
      wrong: Object.fromEntries([
        ...suite.results.map((result) => [result.test.name, wrongOf(result, folder)] as const),
        ...errors.map(({ message }) => ['does not load', [message]] as const),
      ]),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What `connection: mail` and `connection: chat` of a demo flow mean. */
export const CONNECTIONS = `connection: mail
connector: email
with: { host: mail.example, from: shop@north.example }
---
connection: chat
connector: slack
with: { token: "\${{ secrets.SLACK_TOKEN }}" }
`;

/** Tests one flow with one test document; it may use CONNECTIONS. */
export function testDemo(flow: string, cases: string): Promise<Tested> {
  return testFiles({ 'connections.yaml': CONNECTIONS, 'demo.yaml': flow, 'demo.test.yaml': cases });
}

/** Tests a demo flow; all its cases, of which there is at least one, pass. */
export async function assertAllPass(flow: string, cases: string): Promise<void> {
  const { wrong } = await testDemo(flow, cases);
  assert.deepEqual(
    Object.entries(wrong).filter(([, found]) => found.length > 0),
    [],
  );
  assert.notDeepEqual(wrong, {});
}

/** What is wrong with a test document, so that no case of it runs: `line:column code: message | hint` of each problem. */
export async function problemsOf(flow: string, cases: string): Promise<string[]> {
  const { suite } = await testDemo(flow, cases);
  assert.equal(suite.results.length, 0);
  return suite.problems
    .filter(({ file }) => file.endsWith('.test.yaml'))
    .map(({ line, column, code, message, hint }) => `${line}:${column} ${code}: ${message}${hint ? ` | ${hint}` : ''}`);
}

function wrongOf({ differences }: CaseResult, folder: string): string[] {
  return differences.map(({ path, note, expected, actual }) => {
    const values = `${JSON.stringify(expected)} / ${JSON.stringify(actual)}`;
    return `${path.join('.')}: ${note ?? values}`.replaceAll(`${folder}/`, '');
  });
}
