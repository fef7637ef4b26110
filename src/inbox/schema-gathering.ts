// The tables of `debounce` and `batch`; part of schema version 4. A migration that was released never changes.

/**
 * A gathering is open until `closed_at`; of a flow, kind and key only one is. `gathered` says which events are in it, in the order of
 * their rows. `run_event` is the id of the event that the run gets: of a batch known from its first event on, of a debounce when it
 * closed. `definition` and `admission` (JSON: `concurrency` and `rate` of the start) are those of its last event.
 */
export const gatheringTables = `
CREATE TABLE gatherings (
  id INTEGER PRIMARY KEY,
  flow TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('debounce', 'batch')),
  key TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  period_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  definition INTEGER NOT NULL,
  admission TEXT,
  run_event TEXT,
  closed_at INTEGER
);
CREATE UNIQUE INDEX gatherings_open ON gatherings (flow, kind, key) WHERE closed_at IS NULL;
CREATE INDEX gatherings_due ON gatherings (due_at, id) WHERE closed_at IS NULL;
CREATE INDEX gatherings_closed ON gatherings (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX gatherings_definition ON gatherings (definition) WHERE closed_at IS NULL;

CREATE TABLE gathered (
  gathering INTEGER NOT NULL,
  event INTEGER NOT NULL,
  PRIMARY KEY (gathering, event)
) WITHOUT ROWID;
CREATE INDEX gathered_event ON gathered (event);
`;
