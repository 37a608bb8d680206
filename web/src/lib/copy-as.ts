import { cliSnippet } from './copy-cli.ts'
import { quoted } from './shell.ts'
import type { Submission } from './wire.ts'

export type CopyFormat = 'curl' | 'typescript' | 'python' | 'cli'

export const COPY_FORMATS: Record<CopyFormat, string> = {
  curl: 'curl',
  typescript: 'TypeScript',
  python: 'Python',
  cli: 'Command line',
}

const pretty = (submission: Submission): string => JSON.stringify(submission, null, 2)

const curl = (submission: Submission, origin: string, token: boolean): string =>
  [
    `curl -sS ${quoted(`${origin}/api/v1/executions?wait=60`)} \\`,
    "  -H 'content-type: application/json' \\",
    ...(token ? ['  -H "authorization: Bearer $GREENROOM_TOKEN" \\'] : []),
    `  -d ${quoted(pretty(submission))}`,
  ].join('\n')

const typescript = (submission: Submission, origin: string, token: boolean): string => {
  const authorization = token ? ", authorization: 'Bearer ' + process.env.GREENROOM_TOKEN" : ''
  return `const response = await fetch(${JSON.stringify(`${origin}/api/v1/executions?wait=60`)}, {
  method: 'POST',
  headers: { 'content-type': 'application/json'${authorization} },
  body: JSON.stringify(${pretty(submission).replaceAll('\n', '\n  ')}),
})
const run = await response.json()
if (!response.ok) throw new Error(run.detail ?? run.title)
console.log(run.state, run.exitCode)
console.log(run.stdout)
`
}

// JSON inside a raw string must hold no three quotes, so a quote is written as an escape that JSON reads back.
const rawJson = (submission: Submission): string =>
  pretty(submission).replace(/\\(.)/g, (pair, escaped) => (escaped === '"' ? '\\u0022' : pair))

const python = (submission: Submission, origin: string, token: boolean): string => `import json
${token ? 'import os\n' : ''}import urllib.request

submission = json.loads(r"""${rawJson(submission)}""")
request = urllib.request.Request(
    ${JSON.stringify(`${origin}/api/v1/executions?wait=60`)},
    data=json.dumps(submission).encode(),
    headers={"content-type": "application/json"${token ? ', "authorization": "Bearer " + os.environ["GREENROOM_TOKEN"]' : ''}},
)
with urllib.request.urlopen(request) as response:
    run = json.load(response)
print(run["state"], run["exitCode"])
print(run["stdout"], end="")
`

/** A program or command that makes the very same run from somewhere else. */
export const copyAs = (format: CopyFormat, submission: Submission, origin: string, token = false): string => {
  if (format === 'curl') return curl(submission, origin, token)
  if (format === 'typescript') return typescript(submission, origin, token)
  if (format === 'python') return python(submission, origin, token)
  return cliSnippet(submission, origin)
}
