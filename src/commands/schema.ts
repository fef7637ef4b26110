// `hookline schema`: writes the JSON Schema of flow files, for editors. It reads no flow and no setting.
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { editorSchema } from '../flow/editor-schema.ts';
import { CommandError } from './command.ts';
import { note, print } from './printing.ts';

/** Adds `schema`. */
export function addSchema(program: Command): void {
  program
    .command('schema')
    .description('Write the JSON Schema of flow files, for completion and hover texts in editors')
    .option('--out <file>', 'file to write (default: standard output)')
    .action(async ({ out }: { out?: string }) => {
      const text = JSON.stringify(editorSchema(), null, 2);
      if (out === undefined) return print(text);
      await writeFile(out, `${text}\n`).catch((error: Error) => {
        throw new CommandError(`${out} cannot be written: ${error.message}`);
      });
      note(`${out} written; first line of a flow file: # yaml-language-server: $schema=${out}`);
    });
}
