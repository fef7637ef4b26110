// What a verb may do, whatever runs it. Verbs know this interface and nothing of how runs are interpreted.
import type { CallOrder } from './call-flow.ts';
import type { ApprovalOrder } from './approval.ts';
import type { StandingDecision } from './decision.ts';
import type { ExpressionText, Json, JsonObject, RunResponse, Step, Template } from './definition.ts';
import type { FanOut } from './fan-out.ts';
import type { Outcome } from './journal.ts';
import type { Loop } from './loop.ts';
import type { Soon } from './soon.ts';
import type { AwaitedEvents } from './awaited-events.ts';

/** Steps with a handler and a clean-up. */
export interface ProtectedSteps {
  /** Name of the body in paths. */
  name: string;
  body: Step[];
  caught?: Step[] | undefined;
  lastly?: Step[] | undefined;
}

/** A connector call as a step asks for it. */
export interface CallRequest {
  connector: string;
  with: Template;
  connection?: string | undefined;
}

export interface StepContext {
  /** Workflow time, Unix milliseconds. */
  now(): number;
  /** The value of a bare expression; an absent one is null. */
  evaluate(text: ExpressionText): Json;
  /** The value of a condition; anything but a boolean is a failure. */
  condition(text: ExpressionText): boolean;
  /** A template with its expressions replaced by their values. */
  render(template: Template): Json;
  /** Makes a decision once: a continued run gets the same one. The name is unique in the step. */
  decide<T extends Json>(name: string, make: () => T): T;
  /** What was decided under this name; undefined when nothing was. */
  decided(name: string): Json | undefined;
  /** Replaces vars. */
  assign(values: JsonObject): void;
  /** Answers the sender; a failure (`already_responded`) the second time. */
  respond(response: RunResponse): void;
  /** Waits for a duration: milliseconds, text such as `5m`, or a template of either. */
  wait(duration: Template): Soon<void>;
  /** Waits until a time (Unix milliseconds); not at all when it is past. */
  waitUntil(at: number): Soon<void>;
  /** Makes a call within the step's timeouts and retry; the result is what the connector returned. */
  call(request: CallRequest): Soon<Json>;
  /** Waits for an event; undefined when its time was over first. */
  waitForEvent(awaited: AwaitedEvents): Soon<Json | undefined>;
  /** Asks a person; the decision that stands, or undefined when the time was over first. */
  approve(order: ApprovalOrder): Promise<StandingDecision | undefined>;
  /** Emits an event; the result is its `{id, type}`. */
  emit(type: Json, body: Json): Soon<Json>;
  /** Starts another flow; the result is what its run gives, or with `detach` at once `{run, flow}`. */
  callFlow(order: CallOrder): Promise<Json>;
  /** Runs steps whose ids are bound in the same table; the result is the last one's output. */
  runBlock(name: string, steps: Step[]): Soon<Json>;
  /** Runs one iteration with names of its own and ids of its own; the result is `output` rendered there, else the last step's. */
  runIteration(index: number, locals: JsonObject, steps: Step[], output?: Template): Soon<Json>;
  /** Runs steps again and again; the result is the output of the last iteration's last step. */
  loop(loop: Loop): Soon<Json>;
  /** Runs pieces at the same time. */
  fanOut(parts: FanOut): Soon<Outcome[]>;
  /** Runs steps with `catch` and `finally`. */
  protect(parts: ProtectedSteps): Soon<Json>;
  /** Undoes all that can be undone; the result is the list of what was, a failure (`undo_failed`) lists what was not. */
  undoAll(): Promise<Json>;
  /** Sets `steps.ID.errors`. */
  bindErrors(errors: Json): void;
}
