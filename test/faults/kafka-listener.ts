import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafka } from '../../cli/setup/infra/kafka.ts'

const OPEN = 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT'

/** Changes what a broker is told at its next start. */
export const configure = (dir: string, from: string, to: string): void => {
  const file = join(dir, '1/server.properties')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to))
}

/** A broker whose listener for clients speaks another protocol, with the options that this needs. */
export const kafkaSpeaking = (protocol: string, options: string): typeof kafka => ({
  ...kafka,
  prepare: async (dir, ports) => {
    await kafka.prepare?.(dir, ports)
    configure(dir, OPEN, `PLAINTEXT:${protocol},CONTROLLER:PLAINTEXT\n${options}`)
  },
})
