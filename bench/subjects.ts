import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { availableParallelism } from 'node:os'

/** The smallest useful program of a language, and the command that runs it without any Greenroom around it. */
export type Subject = { language: string; source: string; bare: (file: string) => [command: string, ...args: string[]] }

export const subjects: Subject[] = [
  { language: 'python', source: 'print("hi")\n', bare: (file) => ['/usr/bin/python3', file] },
  { language: 'javascript', source: 'console.log("hi")\n', bare: (file) => [process.execPath, file] },
  { language: 'ruby', source: 'puts "hi"\n', bare: (file) => ['/usr/bin/ruby', file] },
  { language: 'bash', source: 'echo hi\n', bare: (file) => ['/bin/bash', file] },
]

/** The floor: spawns the interpreter on a file as any program would, with no isolation and nothing kept. */
export const spawnBare = ([command, ...args]: [string, ...string[]]): Promise<void> =>
  new Promise((resolve, reject) => {
    // An empty environment, as the sandbox has: some variables make an interpreter start slowly.
    const child = spawn(command, args, { env: { PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (bytes) => {
      output += bytes
    })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 && output === 'hi\n' ? resolve() : reject(new TypeError(`${command} ended with ${code}: ${output}`)),
    )
  })

const agent = new Agent({ keepAlive: true, maxSockets: 16 * availableParallelism() })

/** One run through the public API, from the request to its stored result. */
export const runThrough = (url: string, { language, source }: Subject): Promise<void> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ language, source })
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    const sent = request(`${url}/api/v1/executions?wait=60`, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      answer.on('data', (bytes) => {
        text += bytes
      })
      answer.once('end', () => {
        const run = JSON.parse(text) as { state?: string; stdout?: string }
        if (run.state === 'succeeded' && run.stdout === 'hi\n') resolve()
        else reject(new TypeError(`${language} ended otherwise: ${text.slice(0, 300)}`))
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
