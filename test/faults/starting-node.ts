import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { eventually } from '../eventually.ts'
import { Client } from '../system/client.ts'
import { freePort, launch } from '../system/greenroom.ts'

// A node loads all its clients, and four servers may start beside it.
const PATIENCE_MS = 180_000

type Ready = { status: string; checks: { name: string; ok: boolean; detail: string }[] }

/** A node of every service, started on servers that may not serve. */
export const startOn = async (env: Record<string, string>) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-servers-'))
  const port = await freePort()
  let said = ''
  const own = { GREENROOM_DATA: dataDir, GREENROOM_PORT: String(port), GREENROOM_LOG_LEVEL: 'warn' }
  const child = launch({ ...own, ...env }, (text) => {
    said += text
  })
  const client = new Client(`http://127.0.0.1:${port}`)
  const details = async () => {
    const { body } = await client.get<Ready>('//health/ready')
    return Object.fromEntries(body.checks.map(({ name, ok, detail }) => [name, ok ? 'ok' : detail]))
  }
  return {
    client,
    said: () => said,
    details,
    /** Resolves when it lives, is not ready, and says of each server what is wrong with it. */
    tells: async (sentences: Record<string, RegExp>) => {
      const expected = Object.entries(sentences).map(([name, sentence]) => [name, expect.stringMatching(sentence)])
      await eventually(async () => {
        if (child.exitCode !== null) throw new TypeError(said)
        expect(await details()).toMatchObject(Object.fromEntries(expected))
      }, PATIENCE_MS)
      expect((await client.get('//health/ready')).status).toBe(503)
      expect((await client.get('//health/live')).status).toBe(200)
    },
    /** Resolves when it is ready, in the process that was started, and runs a program. */
    serves: async () => {
      await eventually(async () => {
        const { status, body } = await client.get('//health/ready')
        expect({ status, body }).toMatchObject({ status: 200 })
      }, PATIENCE_MS)
      expect(child.exitCode).toBeNull()
      expect(await client.run({ language: 'bash', source: 'echo here' })).toMatchObject({ stdout: 'here\n' })
    },
    end: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export type Starting = Awaited<ReturnType<typeof startOn>>
