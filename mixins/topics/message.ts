import FastestValidator from 'fastest-validator'
import { Errors } from 'moleculer'
import { v7 } from 'uuid'
import type { Fact, TopicContract } from '../contract/contract.ts'
import { traceParent } from '../contract/trace.ts'
import type { NewMessage } from './topics.ts'

// Its types declare a default export, but the module is the class itself.
const validator = new (FastestValidator as unknown as typeof FastestValidator.default)()
type Check = ReturnType<typeof validator.compile>
const checks = new WeakMap<TopicContract, Check>()

/** A payload that its own contract refuses; repeating it cannot help. */
export class PayloadMisfit extends Errors.MoleculerError {
  constructor(contract: TopicContract, complaints: string) {
    super(`The payload does not fit ${contract.name}: ${complaints}`, 500, 'PAYLOAD_MISFIT', {
      contract: contract.name,
    })
  }
}

const checkOf = (contract: TopicContract): Check => {
  const known = checks.get(contract)
  if (known) return known
  // Strict: what no contract declares reaches no topic. Consumers ignore what they do not know.
  const compiled = validator.compile({ ...contract.payload, $$strict: true })
  checks.set(contract, compiled)
  return compiled
}

const fitted = (contract: TopicContract, payload: unknown): Record<string, unknown> => {
  // The validator writes defaults into what it checks, and a message must be what JSON makes of it.
  const copy = JSON.parse(JSON.stringify(payload ?? null))
  const verdict = checkOf(contract)(copy)
  if (verdict === true) return copy
  const complaints = Array.isArray(verdict) ? verdict.map(({ message }) => message).join(' ') : 'it cannot be checked.'
  throw new PayloadMisfit(contract, complaints)
}

/** Why a message of this type and payload would not be handled, by field; empty when it would be tried. */
export const complaintsAbout = (
  contract: TopicContract | undefined,
  { type, payload }: NewMessage,
): { field: string; message: string }[] => {
  if (!contract) return [{ field: 'type', message: `type: nobody knows ${JSON.stringify(type)} on this topic.` }]
  const verdict = checkOf(contract)(structuredClone(payload ?? null))
  const found = Array.isArray(verdict) ? verdict : []
  return found.map(({ field, message = '' }) => ({
    field: `payload.${field}`,
    message: `payload.${field}: ${message}`,
  }))
}

// A contract that breaks with an older one has another name, which ends with its version.
const versionOf = (name: string) => /\.v(\d+)$/.exec(name)?.[1] ?? '1'

/** The message that carries a fact; nobody can make one that does not fit its contract. */
export const messageOf = ({ contract, payload: given, trace }: Fact): NewMessage => {
  const payload = fitted(contract, given)
  const headers = { version: versionOf(contract.name), ...(trace !== undefined && { traceparent: traceParent(trace) }) }
  return { id: v7(), key: String(payload[contract.key]), type: contract.name, headers, payload }
}
