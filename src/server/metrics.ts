// The receiver's figures. Labels hold names of loaded sources and fixed reasons only, so that senders cannot add series.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { InFlight } from './body.ts';

/** Label of requests to sources that do not exist. */
export const UNKNOWN_SOURCE = 'unknown';

export interface ReceiverMetrics {
  /** Counts one answered request to `/hooks/…` and the time until its answer was ready. */
  observe(source: string, status: number, reason: string, seconds: number): void;
  /** Counts a request whose handling threw. */
  failed(): void;
}

const ACK_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Registers the receiver's metrics. */
export function createReceiverMetrics(registry: Registry, inFlight: InFlight): ReceiverMetrics {
  const requests = new Counter({
    name: 'hookline_requests_total',
    help: 'Requests to sources by answer.',
    labelNames: ['source', 'status', 'reason'],
    registers: [registry],
  });
  const acknowledgement = new Histogram({
    name: 'hookline_ack_seconds',
    help: 'Time from a request to its 2xx answer, the commit included.',
    buckets: ACK_BUCKETS_S,
    registers: [registry],
  });
  const errors = new Counter({
    name: 'hookline_receiver_errors_total',
    help: 'Requests whose handling failed unexpectedly.',
    registers: [registry],
  });
  const bytes: Gauge = new Gauge({
    name: 'hookline_in_flight_bytes',
    help: 'Bytes of request bodies held now.',
    registers: [registry],
    collect: (): void => bytes.set(inFlight.bytes),
  });
  return {
    observe(source, status, reason, seconds) {
      requests.inc({ source, status, reason });
      if (status < 300) acknowledgement.observe(seconds);
    },
    failed: () => errors.inc(),
  };
}
