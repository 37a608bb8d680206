import type { Row } from './row.ts'

/** Programs in JavaScript by which an interpreter that was up already could tell itself from one that was not. */
export const javascript: Row[] = [
  ['a value', { source: 'console.log(1, [2], { a: 3 })' }],
  [
    'the main module',
    {
      source:
        'console.log(require.main === module, __filename, process.argv, module.children.length, process.execArgv.length > 0)',
      args: ['x'],
    },
  ],
  ['a module', { source: 'import fs from "node:fs"; console.log(typeof fs.readFileSync, import.meta.url); export {}' }],
  ['top-level await', { source: 'console.log(await Promise.resolve(4))' }],
  ['a promise that never settles', { source: 'await new Promise(() => {})' }],
  ['the CPUs it is given', { source: 'console.log(require("node:os").availableParallelism())' }],
  ['a thrown error', { source: 'function f() { throw new TypeError("no") }\nf()' }],
  ['a rejected promise', { source: 'Promise.reject(new RangeError("no"))' }],
  ['a syntax error', { source: 'const = 5' }],
  ['exit by a number', { source: 'process.exit(4)' }],
  ['an exit code', { source: 'process.exitCode = 6; console.log("x")' }],
  ['exit listeners', { source: 'process.on("exit", (code) => { console.log("bye", code); process.exitCode = 9 })' }],
  ['exit listeners that throw', { source: 'process.on("exit", () => { throw new Error("late") })' }],
  ['much output', { source: 'console.log("x".repeat(200000))' }],
  ['much output by hand', { source: 'console.log(require("fs").writeSync(1, "x".repeat(300000)))' }],
  [
    'a recursion without end',
    { source: 'const f = (n) => f(n + 1) + 1\ntry { f(0) } catch (error) { console.log(error.message) }' },
  ],
  ['an end that is emitted by hand', { source: 'process.emit("exit", 3); console.log("goes on", process.cwd())' }],
  [
    'a context of its own',
    { source: 'console.log(require("node:vm").runInNewContext("[typeof gc, 1 + 1]"), typeof gc)' },
  ],
  ['timers', { source: 'setTimeout(() => console.log("late"), 30); console.log("now")' }],
  ['stdin by hand', { source: 'console.log(require("fs").readFileSync(0, "utf8").toUpperCase())', stdin: 'thrée' }],
  [
    'stdin as a stream',
    {
      source: 'process.stdin.on("data", (d) => console.log(String(d))).on("end", () => console.log("end"))',
      stdin: 'a',
    },
  ],
  ['the environment', { source: 'console.log(Object.entries(process.env).sort())', env: { A: 'b' } }],
  [
    'other files',
    {
      files: {
        'main.js': 'console.log(require("./lib/a"), require("./b.json"))',
        'lib/a.js': 'module.exports = 5',
        'b.json': '[1]',
      },
    },
  ],
  [
    'a package that is a module',
    {
      files: {
        'main.js': 'import { x } from "./a.js"; console.log(x)',
        'a.js': 'export const x = 1',
        'package.json': '{"type":"module"}',
      },
    },
  ],
  [
    'children',
    { source: 'console.log(String(require("child_process").execFileSync(process.execPath, ["-p", "1+1"])))' },
  ],
  [
    'workers',
    {
      source:
        'const { Worker, isMainThread } = require("worker_threads"); if (isMainThread) new Worker(__filename); else console.log("worker")',
    },
  ],
  [
    'what is loaded',
    { source: 'console.log(Object.keys(require.cache), Object.getOwnPropertyNames(globalThis).length)' },
  ],
  ['its own number', { source: 'console.log(process.pid, process.ppid, process.execArgv)' }],
  [
    'work of other threads',
    {
      source: `const { promisify } = require('node:util')
const { gzip, gunzip } = require('node:zlib')
const work = async () => {
  console.log((await require('node:fs').promises.readFile('main.js', 'utf8')).length)
  console.log((await promisify(require('node:crypto').pbkdf2)('a', 'b', 1000, 32, 'sha512')).toString('hex'))
  console.log(String(await promisify(gunzip)(await promisify(gzip)('text'))))
}
work()`,
    },
  ],
  [
    'a server of its own',
    {
      source: `const { createServer } = require('node:http')
const server = createServer((request, response) => response.end('hello ' + request.url))
server.listen(0, '127.0.0.1', async () => {
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port + '/x')).text())
  server.close()
  server.closeAllConnections()
})`,
    },
  ],
  [
    'a compiled module that takes its time',
    {
      source: `const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)])
const count = 3000
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes]
const body = [0, 32, 0, ...Array(50).fill([65, 3, 108, 65, 1, 106]).flat(), 11]
const module = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, ...section(1, [1, 96, 1, 127, 1, 127]),
  ...section(3, [...leb(count), ...Array(count).fill(0)]), ...section(7, [1, 1, 102, 0, ...leb(count - 1)]),
  ...section(10, [...leb(count), ...Array(count).fill([...leb(body.length), ...body]).flat()])])
WebAssembly.instantiate(module).then(({ instance }) => {
  let sum = 0
  for (let n = 0; n < 1e5; n++) sum = (sum + instance.exports.f(n)) | 0
  console.log(sum)
})`,
    },
  ],
  [
    'much that is allocated and collected',
    {
      source: `let kept = []
for (let n = 0; n < 3e6; n++) { kept.push({ n, text: 'x' + n }); if (kept.length > 2e4) kept = kept.slice(-1000) }
console.log(kept.length, kept.at(-1).text)`,
    },
  ],
  [
    'a heap without end',
    {
      source: 'const all = []\nfor (;;) all.push(new Array(1000).fill(all.length))',
      limits: { memoryBytes: 64 << 20 },
    },
  ],
  [
    'children that talk',
    {
      source: `const { fork } = require('node:child_process')
if (process.send) { process.send('from the child'); process.disconnect() }
else fork(__filename).on('message', console.log).on('exit', (code) => console.log('child', code))`,
    },
  ],
  [
    'signals to itself',
    {
      source:
        'process.on("SIGUSR2", () => { console.log("heard"); clearInterval(t) }); const t = setInterval(() => {}, 1000); process.kill(process.pid, "SIGUSR2")',
    },
  ],
  ['a signal that ends it', { source: 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)' }],
  [
    'an error in a worker',
    {
      source:
        'const { Worker } = require("worker_threads"); new Worker("throw new Error(5)", { eval: true }).on("error", (e) => console.log("w", e.message)).on("exit", (c) => console.log(c))',
    },
  ],
  [
    'lines of stdin',
    {
      source:
        'require("readline").createInterface({ input: process.stdin }).on("line", (l) => console.log("<" + l + ">"))',
      stdin: 'one\ntwo\n',
    },
  ],
]
