// The table of connectors. The flow loader, the reference docs and the worker's activities are all made from it.
import type { Action, Service } from '../connector.ts';
import { email } from './email.ts';
import { http } from './http.ts';
import { log } from './log.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

export const services: Service[] = [http, email, slack, webhook, log];

const actionsByName = new Map<string, { service: Service; action: Action }>(
  services.flatMap((service) =>
    service.actions.map((action) => [`${service.service}.${action.action}`, { service, action }] as const),
  ),
);

/** The service and action that `uses: NAME` means, or undefined. */
export function findAction(name: string): { service: Service; action: Action } | undefined {
  return actionsByName.get(name);
}

/** Every `SERVICE.ACTION`, in the table's order. */
export function actionNames(): string[] {
  return [...actionsByName.keys()];
}
