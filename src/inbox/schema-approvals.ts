// The tables of approvals that runs ask for; part of schema version 4. A migration that was released never changes.

/**
 * What was asked of people. What they decided is a delivery of the source `approval` under the approval's id, so the first decision
 * stands and no second place can contradict it; `decided_at` only finds those that are open. Both triggers are part of the
 * transaction that writes or prunes the delivery.
 */
export const approvalTables = `
CREATE TABLE approvals (
  id INTEGER PRIMARY KEY,
  approval TEXT NOT NULL UNIQUE,
  run TEXT NOT NULL,
  flow TEXT NOT NULL,
  step TEXT NOT NULL,
  title TEXT NOT NULL,
  who TEXT NOT NULL,
  form TEXT,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER,
  decided_at INTEGER
);
CREATE INDEX approvals_open ON approvals (id) WHERE decided_at IS NULL;
CREATE INDEX approvals_run ON approvals (run);
CREATE INDEX approvals_flow ON approvals (flow);

CREATE TRIGGER approvals_decided AFTER INSERT ON deliveries WHEN NEW.source = 'approval' BEGIN
  UPDATE approvals SET decided_at = NEW.received_at WHERE approval = NEW.delivery_id;
END;
CREATE TRIGGER approvals_forgotten AFTER DELETE ON deliveries WHEN OLD.source = 'approval' BEGIN
  DELETE FROM approvals WHERE approval = OLD.delivery_id;
END;
`;
