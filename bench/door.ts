import { Agent, request } from 'node:http'

/** What a run says of itself, as far as it is measured. */
export type Run = { id: string; state: string; stdout: string; usage: { wallMs: number } | null }

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** Submits a program through the public API, and waits for its end where it is asked to. */
export const submit = (url: string, program: object, wait = ''): Promise<Run> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify(program)
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    const sent = request(`${url}/api/v1/executions${wait}`, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      answer.on('data', (bytes) => {
        text += bytes
      })
      answer.once('end', () => {
        if (answer.statusCode === 200 || answer.statusCode === 202) resolve(JSON.parse(text) as Run)
        else reject(new TypeError(`${answer.statusCode}: ${text.slice(0, 300)}`))
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })

/** A figure of the line of runs, from the metrics of a door. */
export const figure = async (url: string, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^greenroom_queue_${name} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)
}

/** One run from the request to its stored result, and what of that was not the program itself (ms). */
export const whole = async (url: string, program: object): Promise<{ tookMs: number; addedMs: number }> => {
  const start = performance.now()
  const run = await submit(url, program, '?wait=60')
  const tookMs = performance.now() - start
  if (run.state !== 'succeeded') throw new TypeError(`A run ended otherwise: ${JSON.stringify(run).slice(0, 300)}`)
  return { tookMs, addedMs: tookMs - (run.usage?.wallMs ?? 0) }
}
