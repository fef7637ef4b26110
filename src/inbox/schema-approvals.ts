// The tables of approvals that runs ask for; part of schema version 4. A migration that was released never changes.

export const approvalTables = ``;
