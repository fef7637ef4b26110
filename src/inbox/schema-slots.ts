// The tables of `concurrency` and `rate`; part of schema version 4. A migration that was released never changes.

/**
 * `starts` is made anew, because it gets a state: `skipped` is a start that its flow's admission refused for good. `admission` is what
 * a start waits for, as JSON; null (most starts): nothing. A start that waits stays `pending`, with a `due_at` that never comes
 * (NEVER_DUE_AT), so that a claim meets it as little as one that was started.
 *
 * `slots`: the runs that count against a `concurrency`; a row ends with its run. `wanted`: somebody waits for it;
 * `cancel`: a newer event wants it cancelled, until it is over.
 * `unstarted_calls`: flows that called one whose run never starts are still to be told.
 * `rate_slots`: the places of a `rate`; `free_at` is known once the run was started, and null until then. `per_ms` is the time that the
 * last run which was started with it takes it for; `slot_limit` came with the start that has it.
 * `slot_queue`: who waits, in the order of arrival, which is that of the rows of `starts`. `slot_limit` is the flow's at its arrival.
 * `again`: it was started before and is sent again after an unclean stop.
 */
export const slotTables = `
CREATE TABLE starts_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event INTEGER NOT NULL REFERENCES events (id),
  flow TEXT NOT NULL,
  definition INTEGER NOT NULL REFERENCES definitions (id),
  source TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'started', 'parked', 'skipped')),
  due_at INTEGER NOT NULL,
  respond_within_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  settled_at INTEGER,
  error TEXT,
  admission TEXT,
  UNIQUE (event, flow)
);
INSERT INTO starts_4
  SELECT id, event, flow, definition, source, received_at, state, due_at, respond_within_ms, attempts, settled_at, error, NULL
  FROM starts ORDER BY id;
DROP TABLE starts;
ALTER TABLE starts_4 RENAME TO starts;
CREATE INDEX starts_due ON starts (source, due_at) WHERE state = 'pending';
CREATE INDEX starts_settled ON starts (settled_at) WHERE state = 'started';
CREATE INDEX starts_definition ON starts (definition);
CREATE INDEX starts_parked ON starts (event) WHERE state = 'parked';
CREATE INDEX starts_skipped ON starts (event) WHERE state = 'skipped';

CREATE TABLE slots (
  start INTEGER PRIMARY KEY,
  flow TEXT NOT NULL,
  key TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  checked_at INTEGER NOT NULL,
  wanted INTEGER NOT NULL DEFAULT 0,
  cancel INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX slots_key ON slots (flow, key, start);
CREATE INDEX slots_run ON slots (workflow_id);
CREATE INDEX slots_checked ON slots (checked_at);
CREATE INDEX slots_wanted ON slots (checked_at) WHERE wanted = 1;

CREATE TABLE unstarted_calls (start INTEGER PRIMARY KEY);

CREATE TABLE rate_slots (
  id INTEGER PRIMARY KEY,
  flow TEXT NOT NULL,
  key TEXT NOT NULL,
  start INTEGER NOT NULL,
  slot_limit INTEGER NOT NULL,
  free_at INTEGER,
  per_ms INTEGER,
  again INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX rate_slots_key ON rate_slots (flow, key, free_at);
CREATE INDEX rate_slots_newest ON rate_slots (flow, key, start);
CREATE INDEX rate_slots_open ON rate_slots (start) WHERE free_at IS NULL;
CREATE INDEX rate_slots_free ON rate_slots (free_at) WHERE free_at IS NOT NULL;

CREATE TABLE slot_queue (
  gate TEXT NOT NULL CHECK (gate IN ('concurrency', 'rate')),
  flow TEXT NOT NULL,
  key TEXT NOT NULL,
  start INTEGER NOT NULL,
  slot_limit INTEGER NOT NULL,
  again INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (gate, flow, key, start)
) WITHOUT ROWID;
CREATE INDEX slot_queue_start ON slot_queue (start);
`;
