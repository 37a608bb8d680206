/** Key of the output that one attempt leaves; channels `stdout` and `stderr`. */
export const outputKey = (executionId: string, attempt: number): string => `${executionId}.${attempt}`

/** Key of the files that one attempt has handed out; the path of each is its channel. */
export const artifactsKey = (executionId: string, attempt: number): string => `${executionId}.${attempt}.artifacts`

/** Key of the input that people send to an interactive run; channel `stdin`, and `eof` once it is closed. */
export const inputKey = (executionId: string): string => `${executionId}.in`
