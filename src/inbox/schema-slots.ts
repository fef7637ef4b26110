// The tables of `concurrency` and `rate`; part of schema version 4. A migration that was released never changes.

export const slotTables = ``;
