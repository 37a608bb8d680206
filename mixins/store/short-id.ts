/** How many characters at the end of an id tables show, and commands take. */
export const SHORT = 8

/** What a document that people look for by its short id keeps as `short`, indexed. */
export const shortOf = (id: string): string => id.slice(-SHORT)
