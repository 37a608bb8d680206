type Sources = {
  /** Greets, repeats its input and its first argument, and says `err` on stderr. */
  echo: string
  /** Ends with exit code 3. */
  exit: string
  /** Kills itself. */
  signal: string
  /** Cannot be run. */
  broken: string
  /** Takes memory without end, and uses it. */
  memory: string
}

const js: Sources = {
  echo: `const input = require('node:fs').readFileSync(0, 'utf8')
console.log('hellö GRÜSSE?', input, process.argv[2]); console.error('err')`,
  exit: 'process.exit(3)',
  signal: "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)",
  broken: 'const x = ;',
  memory: 'const all = []; while (true) all.push(Buffer.alloc(1 << 20, all.length))',
}

/** The same few programs in every language. */
export const programs: Record<'python' | 'javascript' | 'typescript' | 'ruby' | 'go' | 'bash', Sources> = {
  python: {
    echo: 'import sys; print("hellö GRÜSSE?", sys.stdin.read(), sys.argv[1]); print("err", file=sys.stderr)',
    exit: 'raise SystemExit(3)',
    signal: 'import os; os.kill(os.getpid(), 9)',
    broken: 'def f(:',
    memory: 'all = []\nwhile True: all.append(bytearray(b"x" * (1 << 20)))',
  },
  javascript: js,
  typescript: {
    ...js,
    echo: `import { readFileSync } from 'node:fs'
const greet = (input: string, name?: string): string => \`hellö GRÜSSE? \${input} \${name}\`
enum Kind { A = 3 }
console.log(greet(readFileSync(0, 'utf8'), process.argv[Kind.A - 1])); console.error('err')`,
    exit: 'process.exit(3 satisfies number)',
    broken: 'const x: number = ;',
  },
  ruby: {
    echo: 'puts ["hellö GRÜSSE?", STDIN.read, ARGV[0]].join(" "); warn "err"',
    exit: 'exit 3',
    signal: 'Process.kill(9, Process.pid); sleep',
    broken: 'def (',
    memory: 'all = []; loop { all << "x" * (1 << 20) }',
  },
  go: {
    echo: `package main
import ("fmt"; "io"; "os")
func main() { in, _ := io.ReadAll(os.Stdin); fmt.Println("hellö GRÜSSE?", string(in), os.Args[1]); fmt.Fprintln(os.Stderr, "err") }`,
    exit: 'package main\nimport "os"\nfunc main() { os.Exit(3) }',
    signal:
      'package main\nimport ("os"; "syscall")\nfunc main() { syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} }',
    broken: 'package main\nfunc main() { undefined() }',
    memory: `package main
func main() { var all [][]byte; for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; all = append(all, b); _ = all } }`,
  },
  bash: {
    echo: 'echo "hellö GRÜSSE? $(cat) $1"; echo err >&2',
    exit: 'exit 3',
    signal: 'kill -9 $$',
    broken: 'if true; then',
    memory: 'x=$(printf "%01000000d" 1); while :; do x="$x$x"; done',
  },
}
