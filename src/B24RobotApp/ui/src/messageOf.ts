/** What went wrong, in words for a person: the server's own where it said something. */
export const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
