/** Programs that ask the same of every language. */
export type LanguageCase = {
  /** Prints what it reads. */
  echo: string
  /** Prints `žluťoučký 世界 🚀` and its first argument. */
  unicode: string
  /** Ends with exit code 3. */
  exit: string
  /** Computes for ever. */
  loop: string
  /** Takes memory until it gets no more. */
  bomb: string
  /** Several files of which the first prints `from another file`. */
  files: Record<string, string>
  /** Does not compile. */
  broken?: string
}

const java = (body: string) => `class Main {
  public static void main(String[] args) throws Exception { ${body} }
}`

const go = (imports: string[], body: string) =>
  `package main\nimport (${imports.map((name) => `"${name}"`).join(';')})\nfunc main() { ${body} }`

/** One row for every language of the catalogue. */
export const languageCases: Record<string, LanguageCase> = {
  python: {
    echo: 'import sys; sys.stdout.write(sys.stdin.read())',
    unicode: 'import sys; print("žluťoučký 世界 🚀", sys.argv[1])',
    exit: 'raise SystemExit(3)',
    loop: 'while True: pass',
    bomb: 'x = []\nwhile True: x.append(bytearray(1 << 20))',
    files: { 'main.py': 'import deep.other', 'deep/other.py': 'print("from another file")' },
  },
  javascript: {
    echo: 'process.stdin.pipe(process.stdout)',
    unicode: 'console.log("žluťoučký 世界 🚀", process.argv[2])',
    exit: 'process.exitCode = 3',
    loop: 'for (;;);',
    bomb: 'const x = []; for (;;) x.push(Buffer.alloc(1 << 20, 1))',
    files: { 'main.js': 'require("./deep/other")', 'deep/other.js': 'console.log("from another file")' },
  },
  typescript: {
    echo: 'process.stdin.pipe(process.stdout)',
    unicode: 'enum Word { Hello = "žluťoučký 世界 🚀" }\nconsole.log(Word.Hello as string, process.argv[2])',
    exit: 'process.exitCode = 3 as number',
    loop: 'for (;;);',
    bomb: 'const x: Buffer[] = []; for (;;) x.push(Buffer.alloc(1 << 20, 1))',
    files: {
      'main.ts': 'import { say } from "./deep/other.ts"\nsay()',
      'deep/other.ts': 'export const say = (): void => console.log("from another file")',
    },
  },
  ruby: {
    echo: 'print $stdin.read',
    unicode: 'puts "žluťoučký 世界 🚀 #{ARGV[0]}"',
    exit: 'exit 3',
    loop: 'loop {}',
    bomb: 'x = []\nloop { x << "x" * (1 << 20) }',
    files: { 'main.rb': 'require_relative "deep/other"', 'deep/other.rb': 'puts "from another file"' },
  },
  go: {
    echo: go(['io', 'os'], 'io.Copy(os.Stdout, os.Stdin)'),
    unicode: go(['fmt', 'os'], 'fmt.Println("žluťoučký 世界 🚀", os.Args[1])'),
    exit: go(['os'], 'os.Exit(3)'),
    loop: go([], 'for {}'),
    bomb: go(['bytes'], 'var x [][]byte; for { x = append(x, bytes.Repeat([]byte("x"), 1<<20)) }'),
    files: {
      'main.go': 'package main\nfunc main() { say() }',
      'other.go': 'package main\nimport "fmt"\nfunc say() { fmt.Println("from another file") }',
    },
    broken: 'package main\nfunc main() { undefined() }',
  },
  bash: {
    echo: 'cat',
    unicode: 'echo "žluťoučký 世界 🚀 $1"',
    exit: 'exit 3',
    loop: 'while :; do :; done',
    bomb: 'x=xxxxxxxx; while :; do x=$x$x; done',
    files: { 'main.sh': '. deep/other.sh', 'deep/other.sh': 'echo "from another file"' },
  },
  c: {
    echo: '#include <stdio.h>\nint main() { for (int c; (c = getchar()) != EOF;) putchar(c); }',
    unicode: '#include <stdio.h>\nint main(int n, char **args) { printf("žluťoučký 世界 🚀 %s\\n", args[1]); }',
    exit: 'int main() { return 3; }',
    loop: 'int main() { for (volatile int i = 0;;) i++; }',
    bomb: '#include <stdlib.h>\n#include <string.h>\nint main() { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }',
    files: {
      'main.c':
        '#include "deep/other.h"\n#include <math.h>\nint main(int n, char **args) { say(); return (int)sqrt(n) - 1; }',
      'deep/other.h': 'void say(void);',
      'deep/other.c': '#include "other.h"\n#include <stdio.h>\nvoid say(void) { puts("from another file"); }',
    },
    broken: 'int main() { return undefined; }',
  },
  cpp: {
    echo: '#include <iostream>\nint main() { std::cout << std::cin.rdbuf(); }',
    unicode:
      '#include <iostream>\nint main(int, char** args) { std::cout << "žluťoučký 世界 🚀 " << args[1] << "\\n"; }',
    exit: 'int main() { return 3; }',
    loop: 'int main() { for (volatile int i = 0;;) i = i + 1; }',
    bomb: '#include <vector>\nint main() { for (std::vector<std::vector<char>> x;;) x.emplace_back(1 << 20, 1); }',
    files: {
      'main.cpp': '#include "deep/other.hpp"\nint main() { say(); }',
      'deep/other.hpp': 'void say();',
      'deep/other.cc': '#include "other.hpp"\n#include <cstdio>\nvoid say() { std::puts("from another file"); }',
    },
    broken: 'int main() { return undefined; }',
  },
  java: {
    echo: java('System.in.transferTo(System.out);'),
    unicode: java('System.out.println("žluťoučký 世界 🚀 " + args[0]);'),
    exit: java('System.exit(3);'),
    loop: java('for (;;);'),
    bomb: java('var x = new java.util.ArrayList<byte[]>(); for (;;) x.add(new byte[1 << 20]);'),
    files: {
      'Main.java':
        'package app;\nclass Main { static class Inner {} public static void main(String[] a) { other.Other.say(); } }',
      'other/Other.java':
        'package other;\npublic class Other { public static void say() { System.out.println("from another file"); } }',
    },
    broken: java('int x = undefined;'),
  },
  rust: {
    echo: 'use std::io; fn main() { io::copy(&mut io::stdin(), &mut io::stdout()).unwrap(); }',
    unicode: 'fn main() { println!("žluťoučký 世界 🚀 {}", std::env::args().nth(1).unwrap()); }',
    exit: 'fn main() { std::process::exit(3) }',
    loop: 'fn main() { loop {} }',
    bomb: 'fn main() { let mut x = Vec::new(); loop { x.push(vec![1u8; 1 << 20]); } }',
    files: {
      'main.rs': 'mod other;\nfn main() { other::say() }',
      'other/mod.rs': 'pub fn say() { println!("from another file") }',
    },
    broken: 'fn main() { undefined() }',
  },
  php: {
    echo: '<?php fpassthru(STDIN);',
    unicode: '<?php echo "žluťoučký 世界 🚀 $argv[1]\\n";',
    exit: '<?php exit(3);',
    loop: '<?php for (;;);',
    bomb: '<?php for ($x = [];;) $x[] = str_repeat("x", 1 << 20);',
    files: { 'main.php': '<?php require "deep/other.php";', 'deep/other.php': '<?php echo "from another file\\n";' },
  },
  perl: {
    echo: 'print while <STDIN>',
    unicode: 'print "žluťoučký 世界 🚀 $ARGV[0]\\n"',
    exit: 'exit 3',
    loop: '1 while 1',
    bomb: 'my @x; push @x, "x" x (1 << 20) . @x while 1',
    files: { 'main.pl': 'use lib "."; use deep::other;', 'deep/other.pm': 'print "from another file\\n"; 1' },
  },
  lua: {
    echo: 'io.write(io.read("a"))',
    unicode: 'print("žluťoučký 世界 🚀 " .. arg[1])',
    exit: 'os.exit(3)',
    loop: 'while true do end',
    bomb: 'local x = {} while true do x[#x + 1] = ("x"):rep(1 << 20) .. #x end',
    files: { 'main.lua': 'require("deep.other")', 'deep/other.lua': 'print("from another file")' },
  },
}
