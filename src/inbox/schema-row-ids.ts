// Tables made anew so that no row id is given twice; part of schema version 4. A migration that was released never changes.

/**
 * SQLite gives the id of a deleted newest row to the next one, unless told otherwise. These ids are remembered outside of the
 * transaction that read them: runs remember places of events for weeks, a wake on its way is settled by its id although it may have
 * been taken back meanwhile, processes remember definitions, and of waiters those that came after a run was found to be over are told
 * from those before. (`starts` is made anew with them, for its slots and leases.)
 */
export const rowIdTables = `
CREATE TABLE events_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery INTEGER NOT NULL REFERENCES deliveries (id),
  event_id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  held INTEGER,
  body TEXT
);
INSERT INTO events_4 (id, delivery, event_id, type, outcome, reason, held, body)
  SELECT id, delivery, event_id, type, outcome, reason, held, body FROM events ORDER BY id;
DROP TABLE events;
-- Where all events were pruned, nobody here knows which ids they had, but runs remember them: those that come now are far above.
UPDATE sqlite_sequence SET seq = 1000000000 WHERE name = 'events_4' AND seq = 0 AND EXISTS (SELECT 1 FROM key_shapes);
ALTER TABLE events_4 RENAME TO events;
CREATE INDEX events_delivery ON events (delivery);
CREATE INDEX events_idle ON events (outcome, delivery) WHERE outcome <> 'matched';

CREATE TABLE definitions_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE,
  stored_at INTEGER NOT NULL,
  json TEXT
);
INSERT INTO definitions_4 SELECT id, hash, stored_at, json FROM definitions ORDER BY id;
DROP TABLE definitions;
ALTER TABLE definitions_4 RENAME TO definitions;

CREATE TABLE wakes_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  waiter TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  event INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  sent_at INTEGER,
  UNIQUE (waiter, event)
);
INSERT INTO wakes_4 SELECT id, waiter, workflow_id, event, due_at, attempts, sent_at FROM wakes ORDER BY id;
DROP TABLE wakes;
ALTER TABLE wakes_4 RENAME TO wakes;
CREATE INDEX wakes_due ON wakes (due_at, id) WHERE sent_at IS NULL;
CREATE INDEX wakes_sent ON wakes (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX wakes_event ON wakes (event);
CREATE INDEX wakes_run ON wakes (workflow_id);

CREATE TABLE waiters_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  waiter TEXT NOT NULL UNIQUE,
  workflow_id TEXT NOT NULL,
  once INTEGER NOT NULL,
  since INTEGER NOT NULL,
  except_event TEXT NOT NULL,
  expires_at INTEGER,
  checked_at INTEGER NOT NULL
);
INSERT INTO waiters_4 SELECT id, waiter, workflow_id, once, since, except_event, expires_at, checked_at FROM waiters ORDER BY id;
DROP TABLE waiters;
ALTER TABLE waiters_4 RENAME TO waiters;
CREATE INDEX waiters_run ON waiters (workflow_id);
CREATE INDEX waiters_checked ON waiters (checked_at);
CREATE INDEX waiters_expiry ON waiters (expires_at) WHERE expires_at IS NOT NULL;
`;
