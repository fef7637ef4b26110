// The secret store: values by name, from the environment or a folder of files. Values never leave through logs or errors.

/** Looks up a secret. Returns undefined when it is not set. */
export type SecretLookup = (name: string) => string | undefined;
