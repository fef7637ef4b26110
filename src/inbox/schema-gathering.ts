// The tables of `debounce` and `batch`; part of schema version 4. A migration that was released never changes.

export const gatheringTables = ``;
