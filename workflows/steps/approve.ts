// `approve`: asks a person and waits for the answer, which comes by a link, the API or a signal. A no is an answer, not a failure.
import type { Json, JsonObject, Step, Template } from '../definition.ts';
import type { StandingDecision } from '../decision.ts';
import { failStep } from '../step-failure.ts';
import type { StepContext } from '../step-context.ts';
import type { StepType } from './step.ts';

/** The map that `approve` holds, as the loader leaves it. */
interface ApproveFields {
  title: Template;
  who?: Template;
  form?: JsonObject;
  notify?: Step[];
  remind_every?: number;
}

export const approve: StepType = {
  verb: 'approve',
  summary: 'Asks a person and waits for the answer: by a signed link, the API, the command line or a signal.',
  example: `- id: release
  approve:
    title: "Refund \${{ event.body.amount }} to \${{ event.body.customer }}?"
    who: finance@example.com
    form:
      type: object
      properties: { reason: { type: string, title: Why } }
    remind_every: 1d
    notify:
      - uses: http.request
        with:
          method: POST
          url: https://chat.example/finance
          body: { text: "\${{ steps.release.links.page }}" }
  timeout: 3d
  on_timeout:
    - fail: { code: not_decided, message: nobody decided within three days }
`,
  fields: {
    approve: {
      kind: 'group',
      summary: 'What is asked, of whom, and how they are told.',
      required: true,
      fields: {
        title: {
          kind: 'template',
          summary: 'The question, in one line.',
          required: true,
          schema: { type: 'string', minLength: 1 },
        },
        who: {
          kind: 'template',
          summary: 'Who is asked, a text or a list of them: people read it, and choose their name from it on the page.',
          schema: {
            anyOf: [
              { type: 'string', minLength: 1 },
              { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
            ],
            description: 'a name, or a list of names',
          },
        },
        form: {
          kind: 'literal',
          summary: 'JSON Schema of an object: what the page asks besides yes or no.',
          schema: { type: 'object' },
        },
        notify: {
          kind: 'steps',
          summary: 'Steps that tell people, with `steps.ID.links`; `reminder` is 0, and counts with `remind_every`.',
          binds: ['reminder'],
        },
        remind_every: {
          kind: 'duration',
          summary: 'Runs `notify` again so often, until somebody decides. A reminder that fails changes nothing.',
        },
        expires: {
          kind: 'duration',
          summary:
            'How long links are good: those made before the step, and all of them without a `timeout` (default 30d).',
        },
      },
    },
    on_timeout: {
      kind: 'steps',
      summary: 'Steps when nobody decided within `timeout`; then the flow goes on. Without them the step fails.',
    },
  },
  output:
    'Who decided what: `{approved, decision, by, at, comment, form, via}`, `decision` is `approved` or `rejected`; null after `on_timeout`.',
  outputSchema: {
    type: 'object',
    properties: { approved: { type: 'boolean' }, decision: {}, by: {}, at: {}, comment: {}, form: {}, via: {} },
    additionalProperties: false,
  },
  links: true,
  ownTimeout: true,
  waitsForEver: true,
  run: askPerson,
};

async function askPerson(step: Step, context: StepContext): Promise<Json> {
  const { title, who, form, notify, remind_every: remindEveryMs } = step['approve'] as ApproveFields;
  const { timeoutMs } = step;
  const steps = step['on_timeout'] as Step[] | undefined;
  const isOver = context.decided('timed out') === true;
  const order = { title, who, form: form ?? null, notify: notify ?? [], remindEveryMs, timeoutMs };
  const standing = isOver ? undefined : await context.approve(order);
  if (standing !== undefined) return outputOf(standing);
  if (steps === undefined) throw failStep('timeout', lateText(timeoutMs));
  context.decide('timed out', () => true);
  await context.runBlock('on_timeout', steps);
  return null;
}

/** Without a timeout, only a run that was reset finds its approval closed while it waits. */
function lateText(timeoutMs: number | undefined): string {
  return timeoutMs === undefined ? 'the approval was closed' : `nobody decided within the timeout of ${timeoutMs} ms`;
}

/** The decision as flows see it, whatever else its event says. */
function outputOf({ decision, by, at, comment, form, via }: StandingDecision): JsonObject {
  return { approved: decision === 'approved', decision, by, at, comment, form, via };
}
