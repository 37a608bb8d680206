import { readEnv } from '../../config/env.ts'
import type { Check } from '../../mixins/executor/executor.ts'
import { table } from '../table.ts'
import { serverChecks } from './infra/findings.ts'
import { type Finding, languageChecks, machineChecks } from './machine.ts'
import { sandboxChecks } from './sandbox-checks.ts'

const WORDS = { ok: 'ok', missing: 'MISSING', absent: 'absent' }

const columns = [
  { title: 'CHECK', cell: ({ name }: Finding) => name },
  { title: '', cell: ({ state }: Finding) => WORDS[state] },
  { title: 'DETAIL', cell: ({ detail }: Finding) => detail },
]

/** Prints every check with its state, then every fix. Returns the exit code: 1 when something needed is missing. */
const main = async (): Promise<number> => {
  const env = readEnv()
  const [sandbox, machine, languages] = await Promise.all([sandboxChecks(env), machineChecks(env), languageChecks()])
  const findings = [...sandbox.map(needed), ...machine, ...serverChecks(), ...languages]
  console.log(table(columns, findings, process.stdout.columns ?? 160))
  const broken = findings.filter(({ state }) => state !== 'ok')
  if (broken.length > 0) console.log('')
  for (const { name, fix, detail } of broken) console.log(`${name}: ${fix ?? detail}`)
  const isReady = findings.every(({ state }) => state !== 'missing')
  console.log(isReady ? '\nGreenroom can run here.' : '\nGreenroom cannot run here yet.')
  return isReady ? 0 : 1
}

const needed = ({ name, ok, detail, fix }: Check): Finding => ({ name, state: ok ? 'ok' : 'missing', detail, fix })

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message)
  return 1
})
