// The commands as README lists them, and all of their options for docs/commands.md: from the command line's own help.
import { Command, type Option } from 'commander';
import { commands } from '../commands/index.ts';

/** Markdown: a row a command. */
export function commandList(): string {
  const rows = allCommands().map((command) => `| \`${usageOf(command)}\` | ${inCell(command.description())} |`);
  return ['| command | what it does |', '| --- | --- |', ...rows].join('\n');
}

/** Markdown: a section a command, with its arguments and options. */
export function commandReference(): string {
  return allCommands().map(commandSection).join('\n\n');
}

function commandSection(command: Command): string {
  const arguments_ = command.registeredArguments.map((argument) => {
    const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
    return `| \`${name}\` | ${inCell(argument.description)} |`;
  });
  const options = command.options.map((option) => `| \`${inCell(option.flags)}\` | ${inCell(optionText(option))} |`);
  const rows = [...arguments_, ...options];
  return [
    `## \`${usageOf(command)}\``,
    `${command.description()}.`,
    rows.length === 0 ? '' : ['| | |', '| --- | --- |', ...rows].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What it is for, and what it is where nothing is said, as `--help` shows it. */
function optionText({ description, defaultValue }: Option): string {
  return typeof defaultValue === 'string' ? `${description} (default: ${defaultValue})` : description;
}

/** Every command, each followed by those inside it. */
function allCommands(): Command[] {
  const program = new Command('hookline');
  for (const add of commands) add(program);
  return program.commands.flatMap((command) => [command, ...command.commands]);
}

/** `hookline deliveries show <id>`: its names and arguments, without `[options]`. */
function usageOf(command: Command): string {
  const names = [command.name()];
  for (let parent = command.parent; parent; parent = parent.parent) names.unshift(parent.name());
  const places = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [...names, ...places].join(' ');
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
