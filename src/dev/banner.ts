// What `hookline dev` prints once it is ready: where things are, what is loaded, and what to paste first.
import type { Catalog } from '../flow/catalog.ts';
import { runLink } from '../temporal/links.ts';
import type { UpcomingTime } from '../temporal/schedules.ts';
import type { Example } from './example.ts';

export interface BannerFacts {
  url: string;
  temporalUiUrl?: string;
  namespace: string;
  catalog: Catalog;
  flowsFolder: string;
  example?: Example;
  /** When schedules fire next. */
  upcoming: UpcomingTime[];
  startedInMs: number;
}

/** The text, ending with a newline. */
export function banner(facts: BannerFacts): string {
  const lines = [
    '',
    `Hookline is ready (${(facts.startedInMs / 1000).toFixed(1)} s)`,
    '',
    `  Receiver      ${facts.url}`,
    ...(facts.temporalUiUrl ? [`  Temporal UI   ${facts.temporalUiUrl}`] : []),
    '',
    '  Flows',
    ...flowLines(facts),
  ];
  if (facts.example) {
    lines.push('', `  Paste this to start a run of ${facts.example.flow}; what it calls is shown below:`, '');
    lines.push(...facts.example.curl.split('\n').map((line) => `    ${line}`));
    lines.push(
      '',
      '  Pasted again it is the same delivery and starts nothing: change the idempotency-key for another run.',
    );
    if (facts.temporalUiUrl) {
      lines.push('', `  Then see that run: ${runLink(facts.temporalUiUrl, facts.namespace, facts.example.workflowId)}`);
    }
  }
  lines.push('', '  Ctrl-C stops everything; unfinished runs go on at the next start.', '');
  return `${lines.join('\n')}\n`;
}

function flowLines({ catalog, flowsFolder, url, upcoming }: BannerFacts): string[] {
  if (catalog.flows.size === 0) {
    const why =
      catalog.problems.length > 0 ? 'what is wrong is above' : '`npx hookline init DIR` makes DIR/flows with one';
    return [`    none in ${flowsFolder}: ${why}`];
  }
  const rows = [...catalog.flows.values()].flatMap((flow) => {
    // Of each flow in the order of its `schedule` triggers.
    const times = upcoming.filter((each) => each.flow === flow.definition.flow);
    return flow.triggers.map((trigger) => {
      const source = trigger.source === undefined ? undefined : catalog.sources.get(trigger.source);
      const own = (): string => {
        if (trigger.kind === 'schedule') return scheduleText(times.shift());
        if (trigger.kind === 'manual') return `npx hookline run ${flow.definition.flow}`;
        // Of other flows, or of the ends of their runs: nobody can send it.
        return `on ${(trigger.events ?? ['*']).join(', ')}`;
      };
      const where = source ? `POST ${url}/hooks/${source.name}` : own();
      return { flow: flow.definition.flow, where, provider: source?.auth.provider ?? '' };
    });
  });
  const flowWidth = Math.max(4, ...rows.map((row) => row.flow.length));
  const whereWidth = Math.max(4, ...rows.map((row) => row.where.length));
  return rows.map((row) =>
    `    ${row.flow.padEnd(flowWidth)}  ${row.where.padEnd(whereWidth)}  ${row.provider}`.trimEnd(),
  );
}

function scheduleText(time: UpcomingTime | undefined): string {
  if (time === undefined) return 'on its schedule';
  if (time.paused) return 'on its schedule, which is paused';
  return time.next === undefined ? 'on its schedule, which is over' : `next at ${time.next.toISOString()}`;
}
