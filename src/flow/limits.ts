// Every limit of the loader, in one place. A flow over one of them is refused with an error that names it, never cut.

/** Bytes of one flow file, and of one normalised definition (Temporal takes 2 MB in all, with the event beside it). */
export const definitionBytesMax = 1024 * 1024;
/** Files in the flows folder. */
export const flowFilesMax = 2_000;
/** Folders below the flows folder that are looked into, one inside the other. */
export const folderDepthMax = 10;
/** `---` documents in one file. */
export const documentsPerFileMax = 200;
/** Steps of one flow, counted through all blocks. */
export const stepsMax = 1_000;
/** Steps inside steps. */
export const stepDepthMax = 20;
/** Brackets, dashes and maps inside one another in YAML. */
export const nestingMax = 100;
/** Values of one document after aliases are expanded. */
export const nodesMax = 100_000;
/** What the yaml package counts as too many alias expansions (its default). */
export const aliasCountMax = 100;
/** Problems reported for one document; the rest would only repeat them. */
export const problemsPerDocumentMax = 50;
/** Characters of a flow's name: it becomes part of a workflow id, which stays under 255. */
export const flowNameLengthMax = 64;
/** Characters of a step id, variable or branch name. */
export const idLengthMax = 64;
/** Characters of a source name, which is part of a URL and of every event id. */
export const sourceNameLengthMax = 100;
/** How long the answer of `respond: result` is waited for when the trigger does not say. */
export const respondWithinDefaultMs = 10_000;
/** Most that `respond_within` may ask for: senders and proxies give up long before. */
export const respondWithinMaxMs = 5 * 60 * 1000;
/** Most that `rate` may ask for: far over what one process acknowledges. */
export const ratePerSecondMax = 1_000_000;
/** Addresses and ranges of one `ip_allow`: each is compared with every request's. */
export const ipAllowMax = 1_000;
/** Most that `replay_window` may ask for: deliveries are remembered at least so long (HOOKLINE_DELIVERY_DAYS is at least 1). */
export const replayWindowMaxMs = 24 * 60 * 60 * 1000;
/** How old a start that was missed while Temporal was away may be to be made up for, when the schedule does not say. */
export const catchUpDefaultMs = 10 * 60 * 1000;
/** Temporal takes no shorter `catch_up`. */
export const catchUpMinMs = 10_000;
/** Temporal's schedules count in seconds. */
export const scheduleEveryMinMs = 1_000;
/** Most runs at once, or starts in a time, that a flow may name. */
export const admissionLimitMax = 10_000;
/** Events of one batch: all of them are the body of one event. */
export const batchSizeMax = 1_000;
/** `schedule` triggers of one flow: each is a schedule in Temporal. */
export const schedulesPerFlowMax = 50;
