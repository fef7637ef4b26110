// `parallel`: runs branches at the same time. Branches start in source order; what they give is bound in source order too.
import type { Json, Step } from '../definition.ts';
import { errorJson } from '../step-failure.ts';
import type { StepType } from './step.ts';

/** Branches of one `parallel`. */
export const BRANCHES_MAX = 100;

export const parallel: StepType = {
  verb: 'parallel',
  summary: 'Runs branches at the same time.',
  example: `- id: tell
  parallel:
    crm:
      - uses: http.request
        with: { method: POST, url: "https://crm.example/people", body: { email: "\${{ event.body.email }}" } }
    chat:
      - uses: log.write
        with: { message: a new user }
  on_error: continue
`,
  fields: {
    parallel: {
      kind: 'branches',
      summary: 'Lists of steps by the name of the branch.',
      required: true,
      schema: { minProperties: 1, maxProperties: BRANCHES_MAX },
    },
  },
  output: 'Map from branch to the output of its last step, null for a branch that failed; `errors` by branch.',
  errors: 'map',
  async run(step, context) {
    const branches = Object.entries(step['parallel'] as Record<string, Step[]>);
    const outcomes = await context.fanOut({
      count: branches.length,
      atOnce: branches.length,
      onError: step.onError ?? 'fail',
      isLoop: false,
      name: (position) => branches[position]![0],
      mark: (position) => ({ branch: branches[position]![0] }),
      work: (position) => context.runBlock(...branches[position]!),
    });
    const output: Record<string, Json> = {};
    const errors: Record<string, Json> = {};
    for (const [position, [branch]] of branches.entries()) {
      const outcome = outcomes[position]!;
      output[branch] = 'error' in outcome ? null : outcome.output;
      if ('error' in outcome) errors[branch] = errorJson(outcome.error);
    }
    context.bindErrors(errors);
    return output;
  },
};
