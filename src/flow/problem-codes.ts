// The closed list of what can be wrong with a flow file. docs/errors.md is written from it; a code is never renamed or reused.
import { adviceCodes } from './advice-codes.ts';

/** What a code stands for. */
export interface ProblemCodeEntry {
  severity: 'error' | 'warning';
  /** One sentence: what is wrong. */
  meaning: string;
  /** What to do about it. */
  remedy: string;
}

const error = (meaning: string, remedy: string): ProblemCodeEntry => ({ severity: 'error', meaning, remedy });
const warning = (meaning: string, remedy: string): ProblemCodeEntry => ({ severity: 'warning', meaning, remedy });

const yamlCodes = {
  yaml_syntax: error(
    'The file is not YAML.',
    'Look at the line and the one above it: indentation, a missing colon, an open bracket.',
  ),
  yaml_tab: error('A tab stands where YAML wants spaces.', 'Indent with spaces.'),
  yaml_duplicate_key: error(
    'The same key stands twice in one map.',
    'Keep one of them; YAML would silently drop the other.',
  ),
  yaml_braces: error(
    '`{{ x }}` without quotes is a map in YAML, not text.',
    'Write `"${{ x }}"`, in quotes and with a dollar sign.',
  ),
  yaml_template_in_flow: error(
    '`${{ x }}` without quotes stands inside `{ … }` or `[ … ]`, where YAML takes its braces for a map.',
    'Put it in double quotes: `{ a: "${{ x }}" }`.',
  ),
  yaml_template_colon: error(
    'An unquoted `${{ … }}` holds `: `, which YAML takes for the end of a key.',
    'Put the whole value in quotes, or write it below `>-`.',
  ),
  yaml_comment_in_expression: error(
    'A ` #` inside an unquoted `${{ … }}` starts a YAML comment, so the rest of the expression is lost.',
    'Put the whole value in quotes.',
  ),
  yaml_comment: error(
    'A value is cut off (or empty) because ` #` starts a comment in YAML.',
    'Put the value in quotes (`"#triage"`); for a real comment put a space after the `#`.',
  ),
  yaml_tag: error(
    'A value that begins with `!` is a YAML tag.',
    'Put it in quotes; to negate an expression write `"!x"`.',
  ),
  yaml_alias: error(
    'A value that begins with `*` or `&` is a YAML alias or anchor, and this one does not exist.',
    'Put it in quotes, or define the anchor above it.',
  ),
  yaml_reserved_character: error('A value cannot begin with this character in YAML.', 'Put the value in quotes.'),
  yaml_colon_in_value: error(
    'An unquoted value holds `: `, which YAML takes for a second key.',
    'Put the value in quotes.',
  ),
  yaml_leading_zero: error('A number with leading zeros loses them.', 'Put it in quotes to keep it as written.'),
  yaml_big_number: error(
    'A number is too large to be kept exactly (over 2^53).',
    'Put it in quotes: long ids are text.',
  ),
  yaml_not_json: error('`.nan` and `.inf` have no place in JSON.', 'Use a number, or text in quotes.'),
  yaml_quotes: error(
    'A quoted text does not end, or goes on after its closing quote.',
    "Close it, or double the quote inside: `'it''s'`.",
  ),
  yaml_indentation: error(
    'A field is empty and what belongs into it stands beside it.',
    'Indent the lines below it by two more spaces.',
  ),
  yaml_alias_bomb: error(
    'Aliases expand to more than the loader takes.',
    'Write the values out, or use fewer aliases.',
  ),
  yaml_dollar_missing: warning(
    'Text holds `{{ … }}` without a dollar sign, so it stays as it is.',
    'Write `${{ … }}` if it is an expression.',
  ),
} satisfies Record<string, ProblemCodeEntry>;

const limitCodes = {
  too_large: error('The file or the flow is larger than the loader takes.', 'Split it into several flows.'),
  too_deep: error(
    'Blocks are nested deeper than the loader takes.',
    'Flatten them, or move part of it into another flow.',
  ),
  too_many_steps: error(
    'The flow has more steps than a run can hold.',
    'Use `foreach`, or split it into several flows.',
  ),
  too_many_documents: error('The file holds more documents than the loader takes.', 'Split the file.'),
  file_unreadable: error('The file could not be read.', 'Check that it exists and may be read.'),
} satisfies Record<string, ProblemCodeEntry>;

const structureCodes = {
  document_kind: error('A document says neither `flow:`, `source:` nor `connection:`.', 'Begin it with one of them.'),
  unknown_field: error('A field is not known here.', 'Check its spelling and its place.'),
  missing_field: error('A required field is missing.', 'Add it.'),
  wrong_type: error('A value has the wrong type.', 'Write the kind of value that the message names.'),
  wrong_value: error('A value is not one of those allowed.', 'Write what the message asks for.'),
  foreign_word: error(
    'A word of another tool stands where Hookline has its own.',
    'Use the word that the message names.',
  ),
  no_verb: error('A step does not say what to do.', 'Give it one verb, such as `uses:` or `set:`.'),
  several_verbs: error('A step says two things at once.', 'Make a step of each.'),
  duplicate_id: error('Two steps of a flow have the same id.', 'Rename one of them.'),
  duplicate_name: error('Two documents have the same name.', 'Rename one of them.'),
  reserved_name: error('A name stands for something of Hookline itself.', 'Choose another name.'),
  schema_invalid: error('A JSON Schema is not valid.', 'Correct it (JSON Schema 2020-12).'),
  schema_unreadable: error('A schema file could not be read.', 'Check the path: it is relative to the flow file.'),
} satisfies Record<string, ProblemCodeEntry>;

const referenceCodes = {
  unknown_step: error('`steps.X` names no step of this flow.', 'Check the id.'),
  step_not_yet: error('`steps.X` is used before that step has run.', 'Move the step up, or the expression down.'),
  step_in_loop: error('`steps.X` is inside a loop and exists only in its iterations.', "Read the loop's own output."),
  step_in_branch: error(
    '`steps.X` is in another branch, which may run later or never.',
    'Move the step out of the branch.',
  ),
  step_in_undo: error(
    '`steps.X` is part of an `undo`, which runs when the flow has failed, or never.',
    'Read it in the steps of the same `undo`, or move the step out of it.',
  ),
  unknown_connector: error('`uses:` names no connector.', 'Check the spelling.'),
  unknown_connection: error('A connection is not declared.', 'Add a `connection:` document.'),
  broken_connection: error('A connection has errors of its own.', 'Correct its document first.'),
  connection_mismatch: error('A connection belongs to another connector.', 'Use one of the right connector.'),
  unknown_source: error('A source is not declared.', 'Add a `source:` document.'),
  broken_source: error('A source has errors of its own.', 'Correct its document first.'),
  unknown_flow: error('A flow that is called is not declared.', 'Check the spelling, or add the flow.'),
  broken_flow: warning('A flow that is called has errors of its own.', 'Correct its document first.'),
  endless_call: error(
    'Every run of a flow would call the flow again, itself or through others.',
    'Give the call an `if`, or end the run above it.',
  ),
  unknown_provider: error('A provider is not known.', 'Check the spelling.'),
  unverified_source: error('A source does not say how to prove who sends.', 'Name a provider, or say `auth: none`.'),
  secret_required: error('A provider needs a secret and none is named.', 'Add `secret: NAME`.'),
  secret_name: error(
    '`secret:` takes the name of a secret, not its value.',
    'Store the value under a name and write the name.',
  ),
  secret_missing: error(
    'A secret is named but not set.',
    'Set HOOKLINE_SECRET_NAME, or put a file of that name into HOOKLINE_SECRETS_DIR.',
  ),
  secret_missing_of_several: warning(
    'One of the secrets of a rotation is not set; those that are set are used.',
    'Set it, or take the name out when the rotation is over.',
  ),
  secret_place: error(
    '`secrets.NAME` stands where a secret would reach the history.',
    'Use it only in `with:` of connectors and connections.',
  ),
  unknown_var: error('A variable is not declared.', 'Add it to `vars:` at the top of the flow.'),
  undo_misplaced: error(
    'An `undo`, `undo: all`, or a step of an `undo` stands where it cannot work.',
    'The message says why; `undo` belongs to steps before the failure, `undo: all` into a `catch`.',
  ),
  approval_form: error(
    'The form of an approval is none that its page can show.',
    'A form is an object with fields that are texts, numbers, yes or no, dates or choices.',
  ),
  notify_misplaced: error(
    'A step of `notify` does more than to tell people that they are asked.',
    'Write it after the `approve` step, where the decision is known.',
  ),
  set_in_parallel: error(
    'Steps that run side by side would write the same variable.',
    'Collect the `output` of the block instead.',
  ),
  return_in_parallel: error(
    'One of several steps that run side by side cannot end the run.',
    'Return after the block.',
  ),
  not_in_loop: error(
    '`break` or `next` stands in no loop.',
    'Put it among the steps of `foreach`, `while` or `repeat`; `return` ends the run.',
  ),
  loop_left_in_parallel: error(
    '`break` or `next` would leave a loop from inside steps that run side by side.',
    'Leave the loop after the block.',
  ),
  endless_loop: error('A `repeat` says nowhere when it ends.', 'Add `until` or `max_iterations`, or a `break`.'),
  event_never_emitted: warning(
    'A flow waits for or listens to events that no flow emits.',
    'Check the spelling, or add `source: NAME` for events from outside.',
  ),
  property_not_in_schema: warning(
    'An expression reads a field that the schema does not name, but nearly.',
    'Check the spelling, or add the field to the schema.',
  ),
  unknown_property: error(
    'An expression reads a field that the schema does not have.',
    'Check the spelling against the schema.',
  ),
} satisfies Record<string, ProblemCodeEntry>;

const sourceCodes = {
  impossible_combination: error(
    'Two fields cannot both hold.',
    'Keep one of them; the message says what each would do.',
  ),
  retired_webhook: error(
    'A `webhook` trigger is retired, so nothing could start its flow by it.',
    'Delete the trigger; a `source:` document with `retired: true` goes on to answer 410.',
  ),
  retired_source: warning(
    'A flow listens to a source that is retired: nothing comes from it.',
    'Delete the trigger, or take `retired` out of the source.',
  ),
  secret_awaited: warning(
    'A secret is not set yet which the third party tells with its first request.',
    'Register the URL there, read the secret with `hookline sources`, and set it.',
  ),
  trusted_proxies_missing: error(
    'A provider believes a header that a proxy sets, and no proxy is trusted.',
    'Set HOOKLINE_TRUSTED_PROXIES to the addresses of the proxy.',
  ),
  sender_gives_up: warning(
    'A sender waits for a result less long than the flow may take to give it.',
    'Make `respond_within` shorter: the sender then gets 202 in time, and a URL for the result.',
  ),
  unproved_query: warning(
    'GET requests are taken, and the signature covers neither their query nor anything else of them.',
    'Take GET only from senders that sign the URL.',
  ),
} satisfies Record<string, ProblemCodeEntry>;

const expressionCodes = {
  expression_syntax: error(
    'An expression cannot be read.',
    'Look at the caret; it is one JavaScript expression of the supported subset.',
  ),
  expression_root: error(
    'An expression begins with a name that does not exist here.',
    'Use a root that the message lists.',
  ),
  expression_function: error(
    'An expression calls something that does not exist, or with the wrong arguments.',
    'Use a function of the reference.',
  ),
  expression_place: error('`${{ … }}` stands where only a plain value may.', 'Write the value itself.'),
} satisfies Record<string, ProblemCodeEntry>;

/** All codes, by group, in the order of the documentation. */
export const problemCodeGroups = {
  YAML: yamlCodes,
  Limits: limitCodes,
  Structure: structureCodes,
  References: referenceCodes,
  Sources: sourceCodes,
  Expressions: expressionCodes,
  Advice: adviceCodes,
};

/** The code of a problem. */
export type ProblemCode =
  | keyof typeof yamlCodes
  | keyof typeof limitCodes
  | keyof typeof structureCodes
  | keyof typeof referenceCodes
  | keyof typeof sourceCodes
  | keyof typeof expressionCodes
  | keyof typeof adviceCodes;

/** Code → meaning. */
export const problemCodes: Record<ProblemCode, ProblemCodeEntry> = {
  ...yamlCodes,
  ...limitCodes,
  ...structureCodes,
  ...referenceCodes,
  ...sourceCodes,
  ...expressionCodes,
  ...adviceCodes,
};

/** Where a code is explained: a page of the documentation and its anchor. */
export function helpOf(code: string): string {
  return `docs/errors.md#${code}`;
}
