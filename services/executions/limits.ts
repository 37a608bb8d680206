import type { Limits } from '../../mixins/executor/executor.ts'
import { LIMITS } from './execution.schema.ts'
import type { FieldError } from './executions.errors.ts'
import { InvalidSubmission } from './executions.errors.ts'

/** Names of the settings that hold the greatest value each limit may have. */
export const SETTINGS = {
  wallMs: 'GREENROOM_MAX_WALL_MS',
  cpuMs: 'GREENROOM_MAX_CPU_MS',
  memoryBytes: 'GREENROOM_MAX_MEMORY_BYTES',
  processes: 'GREENROOM_MAX_PROCESSES',
  outputBytes: 'GREENROOM_MAX_OUTPUT_BYTES',
  diskBytes: 'GREENROOM_MAX_DISK_BYTES',
} as const

/** No interpreter starts below these; a smaller limit could only fail in a confusing way. */
const LEAST: Limits = {
  wallMs: 1,
  cpuMs: 1,
  memoryBytes: 4 * 1024 * 1024,
  processes: 1,
  outputBytes: 1,
  diskBytes: 4096,
}

/** The limits in force: what was asked for over the language's defaults. Throws InvalidSubmission naming each field. */
export const effective = (asked: Partial<Limits> | undefined, defaults: Limits, maxima: Limits): Limits => {
  const limits = { ...defaults, ...asked }
  const errors = LIMITS.flatMap((name): FieldError[] => {
    const field = `limits.${name}`
    if (limits[name] < LEAST[name])
      return [
        { field, message: `${field}: ${limits[name]} is less than ${LEAST[name]}, the least that can run anything.` },
      ]
    if (limits[name] <= maxima[name]) return []
    return [{ field, message: `${field}: ${limits[name]} is more than ${maxima[name]} (${SETTINGS[name]}).` }]
  })
  if (errors.length > 0) throw new InvalidSubmission(errors)
  return limits
}
