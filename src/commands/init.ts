// `hookline init [DIR]`: a new folder with one flow, its test data and a README, ready for `hookline dev`.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandError } from './command.ts';

const FLOW = `# A sign-up reaches the team. Start it with \`hookline dev\`; docs: docs/configuration.md and docs/expressions.md.
flow: hello
description: Somebody signed up; tell the team
triggers:
  - webhook: hello # POST /hooks/hello
    provider: bearer # senders prove themselves with "authorization: Bearer SECRET"
    secret: HELLO_TOKEN # set HOOKLINE_SECRET_HELLO_TOKEN; \`hookline dev\` makes one up
steps:
  - id: tell
    uses: http.request
    with:
      method: POST
      url: "\${{ config.TEAM_URL }}" # set HOOKLINE_CONFIG_TEAM_URL; \`hookline dev\` catches the call and shows it
      body:
        text: "Welcome \${{ event.body.name }} <\${{ event.body.email }}>"
output:
  told: "\${{ steps.tell.output.status == 200 }}"
`;

const FIXTURE = `${JSON.stringify({ name: 'Ada Lovelace', email: 'ada@example.com' }, null, 2)}\n`;

const README = `# My flows

- \`flows/hello.yaml\` is a flow; \`flows/fixtures/hello.json\` is test data for it.
- \`npx hookline validate\` checks the flows and says what is wrong, and where.
- \`npx hookline dev\` runs them and prints a \`curl\` to try.
- Secrets are \`HOOKLINE_SECRET_NAME\`, settings \`HOOKLINE_CONFIG_NAME\`; in development a \`.env\` file is read.
`;

const GITIGNORE = `.hookline/\n.env\n`;

/** Adds `init`. */
export function addInit(program: Command): void {
  program
    .command('init')
    .description('Make a folder with a first flow, its test data and a README')
    .argument('[dir]', 'the folder', '.')
    .action(async (dir: string) => {
      const folder = resolve(dir);
      await refuseFlows(folder);
      const files: Record<string, string> = {
        'flows/hello.yaml': FLOW,
        'flows/fixtures/hello.json': FIXTURE,
        'README.md': README,
        '.gitignore': GITIGNORE,
      };
      for (const [name, text] of Object.entries(files)) await writeNew(join(folder, name), text);
      process.stdout.write(`Next: ${dir === '.' ? '' : `cd ${dir} && `}npx hookline dev\n`);
    });
}

async function refuseFlows(folder: string): Promise<void> {
  const existing = await readdir(join(folder, 'flows')).catch(() => []);
  if (existing.length > 0) throw new CommandError(`${join(folder, 'flows')} has files already; choose another folder`);
}

/** Writes a file that is not there yet; one that is stays as it is. */
async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: 'wx' });
    process.stdout.write(`made ${path}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    process.stdout.write(`kept ${path}\n`);
  }
}
