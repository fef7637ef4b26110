// `hookline validate` as CI calls it: what it prints in each form, and how it ends.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { problemCodes } from '../../src/flow/problem-codes.ts';
import { open, type Running } from './running.ts';

const sound = 'flow: sound\ntriggers: [{ manual: true }]\nsteps: [{ wait: 1s }]\n';
const doubtful = 'flow: doubtful\ntriggers: [{ manual: true }]\nsteps: [{ return: 1 }, { wait: 1s }]\n';
const wrong = 'flow: wrong\ntriggers: [{ manual: true }]\nsteps: [{ wait: soon }]\n';
const unused = 'connection: stock\nconnector: http\n';
const nightly = `flow: nightly
triggers:
  - schedule: { cron: "30 2 * * *", timezone: Asia/Tokyo, jitter: 1m }
  - schedule: { every: 1h }
steps:
  - uses: http.request
    connection: stock
    with: { url: /figures }
`;

let running: Running;
before(async () => {
  running = await open({
    files: {
      'sound.yaml': sound,
      'doubtful.yaml': doubtful,
      'wrong.yaml': wrong,
      'connections.yaml': unused + '---\nconnection: spare\nconnector: http\n',
      'nightly.yaml': nightly,
    },
    receives: false,
  });
});
after(() => running.end());

const validate = (...args: string[]) => running.hookline(['validate', ...args]);

test('without a problem it ends with 0 and counts', async () => {
  const ended = await validate('flows/sound.yaml');
  assert.deepEqual(ended, { code: 0, stdout: '1 file, 1 flow, 0 errors, 0 warnings\n', stderr: '' });
});

test('an error ends it with 1, and a line says where, what and the code', async () => {
  const { code, stdout } = await validate('flows/wrong.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /^flows\/wrong\.yaml:3:17: error\[wrong_value\]: `wait` must be a duration/);
});

test('a warning ends it with 0, and with 1 where --strict is given', async () => {
  assert.equal((await validate('flows/doubtful.yaml')).code, 0);
  assert.equal((await validate('--strict', 'flows/doubtful.yaml')).code, 1);
  assert.equal((await validate('--strict', 'flows/sound.yaml')).code, 0);
});

test('--json prints every problem with its place and where it is explained', async () => {
  const { code, stdout } = await validate('--json', 'flows/wrong.yaml', 'flows/doubtful.yaml');
  assert.equal(code, 1);
  const { problems, ...counts } = JSON.parse(stdout) as { problems: { code: string; help: string }[] };
  assert.deepEqual(counts, { files: 2, flows: 1, errors: 1, warnings: 1, schedules: [] });
  assert.deepEqual(problems[0], {
    code: 'wrong_value',
    severity: 'error',
    file: 'flows/wrong.yaml',
    line: 3,
    column: 17,
    length: 4,
    message: '`wait` must be a duration such as `500ms`, `30s`, `5m`, `2h` or `3d`',
    sourceLine: 'steps: [{ wait: soon }]',
    help: 'docs/errors.md#wrong_value',
  });
  assert.equal(problems[1]?.help, 'docs/errors.md#unreachable');
});

test('--sarif prints one run with a result for each problem', async () => {
  const { code, stdout } = await validate('--sarif', 'flows/wrong.yaml', 'flows/doubtful.yaml');
  assert.equal(code, 1);
  const { version, runs } = JSON.parse(stdout) as {
    version: string;
    runs: { tool: { driver: { rules: unknown[] } }; results: { ruleId: string }[] }[];
  };
  assert.equal(version, '2.1.0');
  assert.deepEqual(
    runs[0]?.results.map(({ ruleId }) => ruleId),
    ['wrong_value', 'unreachable'],
  );
  assert.equal(runs[0]?.tool.driver.rules.length, Object.keys(problemCodes).length);
});

test('a folder is all there is, so what nobody uses is told; of single files it is not', async () => {
  assert.match((await validate()).stdout, /warning\[unused_connection\]/);
  assert.doesNotMatch((await validate('flows/connections.yaml', 'flows/sound.yaml')).stdout, /unused_connection/);
});

test('a file alone is checked in sight of its folder, of which nothing is told', async () => {
  const ended = await validate('flows/nightly.yaml');
  assert.equal(ended.code, 0, ended.stdout);
  assert.match(ended.stdout, /\n1 file, 1 flow, 0 errors, 0 warnings\n$/);
});

test('when schedules fire first is told with their zone, and in UTC with --json', async () => {
  const { stdout } = await validate('flows/nightly.yaml');
  const [first, second] = stdout.split('\n');
  const time = '(Sun|Mon|Tue|Wed|Thu|Fri|Sat) \\d{4}-\\d\\d-\\d\\d 02:30';
  assert.match(
    first!,
    new RegExp(
      `^nightly fires first ${time} Asia/Tokyo \\(17:30 UTC\\), then ${time}, ${time}, each up to 60 s later$`,
    ),
  );
  assert.match(second!, /^nightly fires first \w{3} \d{4}-\d\d-\d\d \d\d:00 UTC, then /);
  const { schedules } = JSON.parse((await validate('--json', 'flows/nightly.yaml')).stdout) as {
    schedules: { flow: string; trigger: number; timezone: string; jitter_ms: number; next: string[] }[];
  };
  assert.deepEqual(
    schedules.map(({ next, ...each }) => ({ ...each, times: next.map((at) => at.slice(11)) })),
    [
      {
        flow: 'nightly',
        file: 'flows/nightly.yaml',
        trigger: 1,
        timezone: 'Asia/Tokyo',
        jitter_ms: 60_000,
        times: Array(3).fill('17:30:00.000Z'),
      },
      {
        flow: 'nightly',
        file: 'flows/nightly.yaml',
        trigger: 2,
        timezone: 'UTC',
        jitter_ms: 0,
        times: schedules[1]!.next.map((at) => at.slice(11)),
      },
    ],
  );
  for (const at of schedules[1]!.next) assert.equal(Date.parse(at) % 3_600_000, 0);
});

test('two forms at once and a path that is not there are wrong usage', async () => {
  assert.notEqual((await validate('--json', '--sarif')).code, 0);
  const missing = await validate('flows/none.yaml');
  assert.deepEqual([missing.code, missing.stderr], [2, 'flows/none.yaml does not exist\n']);
});
