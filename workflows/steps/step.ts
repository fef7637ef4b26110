// What a verb is: one file a verb, one line in steps/index.ts. Schema, checks, docs and the interpreter derive from this.
import type { Json, JsonObject, Step } from '../definition.ts';
import type { Soon } from '../soon.ts';
import type { StepContext } from '../step-context.ts';

/**
 * What a field holds. The loader normalises and checks by kind, whatever the verb:
 * `template`: any value whose strings may hold `${{ }}`; kept as written.
 * `expression`: one bare expression (an enclosing `${{ }}` is stripped); kept as text.
 * `steps`: a list of steps. `branches`: a map from branch name to a list of steps.
 * `cases`: a list of `{when: expression, steps: steps}`.
 * `duration`: a literal such as `5m`, becomes milliseconds. `duration_template`: that, or a template that gives one at run time.
 * `literal`: a plain value that follows `schema`; `${{ }}` in it is an error.
 * `group`: a map with fields of its own, `fields`.
 */
export type FieldKind =
  'template' | 'expression' | 'steps' | 'branches' | 'cases' | 'duration' | 'duration_template' | 'literal' | 'group';

export interface Field {
  kind: FieldKind;
  /** One sentence for docs and editors. */
  summary: string;
  required?: boolean;
  /** JSON Schema 2020-12 of the value (templates are allowed anywhere in a `template` field's value). */
  schema?: JsonObject;
  /** `secrets.NAME` may stand in it. */
  secrets?: boolean;
  /** Expression roots that exist only inside this field's steps or expressions (`error` in catch, `item` and `index` in foreach). */
  binds?: string[];
  /**
   * It is evaluated once an iteration, and sees the ids of the steps in it.
   * `each`: iterations have tables of their own, so ids inside are visible only there.
   * `last`: iterations share the table around them; each begins with its ids pending, and those of the last stay visible.
   */
  iterated?: 'each' | 'last';
  /** The fields of a `group`, by YAML name. */
  fields?: Record<string, Field>;
}

export interface StepType {
  /** The key that selects it in YAML, and its entry in `fields`. */
  verb: string;
  /** One sentence for docs and editors. */
  summary: string;
  /** YAML of one step, for the reference; validated by a test. */
  example: string;
  /** The verb's own fields by YAML name, its verb key first. */
  fields: Record<string, Field>;
  /** Whether `steps.ID.output` of it can be anything but null, and what, in words. */
  output: string;
  /** JSON Schema 2020-12 of that output, where it is the same for every step: fields that expressions read are checked against it. */
  outputSchema?: JsonObject;
  /** `steps.ID.errors` exists and is a list (of `{index, item, error}`) or a map by branch. */
  errors?: 'list' | 'map';
  /** `steps.ID.links` exists from the beginning: see approval-table.ts. */
  links?: true;
  /** `timeout` is enforced by `run` itself; for every other verb the interpreter puts a timer around it. */
  ownTimeout?: boolean;
  /**
   * Without `timeout` it waits for as long as it takes; others with a timeout of their own end within STEP_TIMEOUT_MS. Where it must not,
   * the loader gives it one.
   */
  waitsForEver?: true;
  /** Runs the step; the result is `steps.ID.output`, at once when nothing is to wait for. Failures are thrown as StepFailure. */
  run(step: Step, context: StepContext): Soon<Json>;
}
