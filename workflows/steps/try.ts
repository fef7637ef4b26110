// `try`: runs steps, handles their failure, and cleans up whatever happened. Cancellation passes `catch` by, never `finally`.
import type { Step } from '../definition.ts';
import type { StepType } from './step.ts';

export const attempt: StepType = {
  verb: 'try',
  summary: 'Runs steps; `catch` handles a failure, `finally` runs whatever happened.',
  example: `- try:
    - id: charge
      uses: http.request
      with: { method: POST, url: "https://pay.example/charges", body: { amount: 5 } }
  catch:
    - if: error.code == "http_status" && error.status == 402
      then: [{ return: { paid: false } }]
      else: [{ fail: "\${{ error }}" }]
  finally:
    - uses: log.write
      with: { message: charge attempted }
`,
  fields: {
    try: { kind: 'steps', summary: 'Steps whose failure is handled.', required: true },
    catch: {
      kind: 'steps',
      summary: 'Steps after a failure, which is `error`; ending normally means handled.',
      binds: ['error'],
    },
    finally: { kind: 'steps', summary: 'Steps that run whatever happened, cancellation included; 5 minutes at most.' },
  },
  output: 'The output of the last step of `try`, or of `catch` when that was run; else null.',
  run: (step, context) =>
    context.protect({
      name: 'try',
      body: step['try'] as Step[],
      caught: step['catch'] as Step[] | undefined,
      lastly: step['finally'] as Step[] | undefined,
    }),
};
