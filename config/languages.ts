import { compiledLanguages } from './compiled-languages.ts'
import type { Language } from './language.ts'

const NODE = '/opt/node/bin/node'
const WAITING = '/opt/greenroom/waiting.cjs'
// A fork has no threads but its first, so that the engine must do without others.
const FORKS = ['--single-threaded', '--v8-pool-size=1', '--disable-sigusr1', '/opt/greenroom/fork_server.cjs']
const node = {
  package: null,
  detect: { paths: [process.execPath], version: ['--version'], pattern: /v(\d+\.\d+\.\d+)/ },
  inside: NODE,
  env: { PATH: '/opt/node/bin:/usr/local/bin:/usr/bin:/bin' },
}
// A file without a package.json may be a module or not; that Node has to look is no news to its author.
const QUIET = ['--disable-warning=ExperimentalWarning', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON']

const TYPED = ['--experimental-transform-types']

// Errors go where errors belong, once and as plain text; memory is bounded by the sandbox.
const PHP_SETTINGS = ['display_errors=stderr', 'log_errors=0', 'html_errors=0', 'memory_limit=-1'].flatMap((line) => [
  '-d',
  line,
])

/** Every language that Greenroom knows; which of them a machine has is found out when it starts. */
export const languages: readonly Language[] = [
  {
    id: 'python',
    title: 'Python',
    aliases: ['py', 'python3'],
    fileName: 'main.py',
    syntax: 'python',
    package: 'python3',
    about: "`python3 -B ENTRY`; modules are found from the entry's folder, output is not held back.",
    detect: {
      paths: ['/usr/bin/python3', '/usr/local/bin/python3'],
      version: ['--version'],
      pattern: /Python (\d+\.\d+\.\d+)/,
    },
    run: ['{command}', '-B', '{entry}'],
    env: { PYTHONUNBUFFERED: '1' },
    warm: { fork: ['{command}', '-B', '/opt/greenroom/fork_server.py'] },
  },
  {
    id: 'javascript',
    title: 'JavaScript',
    aliases: ['js', 'node', 'nodejs'],
    fileName: 'main.js',
    syntax: 'javascript',
    ...node,
    about: "Greenroom's own Node. CommonJS, or modules where the file says `.mjs`, `import` or a `package.json` does.",
    run: [NODE, ...QUIET, '{entry}'],
    warm: { fork: [NODE, ...QUIET, ...FORKS], interpreter: [NODE, ...QUIET, WAITING] },
  },
  {
    id: 'typescript',
    title: 'TypeScript',
    aliases: ['ts'],
    fileName: 'main.ts',
    syntax: 'typescript',
    ...node,
    about: "Greenroom's own Node takes the types away, enums and namespaces included; they are not checked.",
    run: [NODE, ...TYPED, ...QUIET, '{entry}'],
    warm: { fork: [NODE, ...TYPED, ...QUIET, ...FORKS], interpreter: [NODE, ...TYPED, ...QUIET, WAITING] },
  },
  {
    id: 'ruby',
    title: 'Ruby',
    aliases: ['rb'],
    fileName: 'main.rb',
    syntax: 'ruby',
    package: 'ruby',
    about: '`ruby ENTRY`; `require_relative` finds the other files.',
    detect: {
      paths: ['/usr/bin/ruby', '/usr/local/bin/ruby'],
      version: ['--version'],
      pattern: /ruby (\d+\.\d+\.\d+)/,
    },
    run: ['{command}', '{entry}'],
    warm: {
      fork: ['{command}', '/opt/greenroom/fork_server.rb'],
      interpreter: ['{command}', '/opt/greenroom/waiting.rb'],
    },
  },
  compiledLanguages.go,
  {
    id: 'bash',
    title: 'Bash',
    aliases: ['sh', 'shell'],
    fileName: 'main.sh',
    syntax: 'shell',
    package: 'bash',
    about: '`bash ENTRY`; what the sandbox shows of `/usr/bin` can be called.',
    detect: { paths: ['/bin/bash', '/usr/bin/bash'], version: ['--version'], pattern: /version (\d+\.\d+\.\d+)/ },
    run: ['{command}', '{entry}'],
  },
  compiledLanguages.c,
  compiledLanguages.cpp,
  compiledLanguages.java,
  compiledLanguages.rust,
  {
    id: 'php',
    title: 'PHP',
    aliases: [],
    fileName: 'main.php',
    syntax: 'php',
    package: 'php-cli',
    about: '`php ENTRY` with the modules that the machine has switched on; errors go to stderr.',
    detect: {
      paths: ['/usr/bin/php', '/usr/local/bin/php', '/usr/bin/php[0-9]*'],
      version: ['--version'],
      pattern: /PHP (\d+\.\d+\.\d+)[^\n]*\(cli\)/,
    },
    run: ['{command}', ...PHP_SETTINGS, '{entry}'],
  },
  {
    id: 'perl',
    title: 'Perl',
    aliases: ['pl', 'perl5'],
    fileName: 'main.pl',
    syntax: 'perl',
    package: 'perl',
    about: "`perl ENTRY`; other files need `use lib '.'`.",
    detect: {
      paths: ['/usr/bin/perl', '/usr/local/bin/perl'],
      version: ['--version'],
      pattern: /\(v(\d+\.\d+\.\d+)\)/,
    },
    run: ['{command}', '{entry}'],
  },
  {
    id: 'lua',
    title: 'Lua',
    aliases: [],
    fileName: 'main.lua',
    syntax: 'lua',
    package: 'lua5.4',
    about: "`lua ENTRY`; `require('folder.name')` finds the other files.",
    detect: {
      paths: ['/usr/bin/lua5.4', '/usr/bin/lua5.3', '/usr/bin/lua', '/usr/local/bin/lua'],
      version: ['-v'],
      pattern: /Lua (\d+\.\d+\.\d+)/,
    },
    run: ['{command}', '{entry}'],
  },
]
