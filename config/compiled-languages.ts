import { BUILD } from '../mixins/executor/profile.ts'
import { C_BUILD, CPP_BUILD, GO_BUILD, GO_CACHE, GO_PREPARE, JAVA_BUILD, PROGRAM, RUST_BUILD } from './build-scripts.ts'
import type { Language } from './language.ts'

const MiB = 1 << 20

// Debian's compilers come without them.
const HEADERS = '/usr/include/stdio.h'

const script = (text: string) => ['/bin/sh', '-c', text, 'build', '{entry}']

const GO_ENV = {
  CGO_ENABLED: '0',
  GOFLAGS: '-buildvcs=false',
  GOPATH: '/tmp/go',
  GOPROXY: 'off',
  GOROOT: '{home}',
  GOTELEMETRY: 'off',
  GOTOOLCHAIN: 'local',
}

/** The languages whose programs are compiled before they run; all leave the built program in one folder. */
export const compiledLanguages = {
  go: {
    id: 'go',
    title: 'Go',
    aliases: ['golang'],
    fileName: 'main.go',
    syntax: 'go',
    package: 'golang-go',
    about:
      "`go build` of the `.go` files in the entry's folder, or of its module where there is a `go.mod`; standard library only.",
    detect: {
      paths: ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'],
      version: ['version'],
      pattern: /go(\d+\.\d+(?:\.\d+)?)/,
    },
    compile: script(GO_BUILD),
    run: [PROGRAM],
    env: { ...GO_ENV, GOCACHE: GO_CACHE },
    prepare: {
      command: ['/bin/sh', '-c', GO_PREPARE],
      env: { ...GO_ENV, GOCACHE: '{folder}', PATH: '/usr/bin:/bin' },
      inside: GO_CACHE,
    },
  },
  c: {
    id: 'c',
    title: 'C',
    aliases: ['gcc'],
    fileName: 'main.c',
    syntax: 'c',
    package: 'gcc libc6-dev',
    about: '`gcc -std=gnu17 -O2 -pthread -lm` of all `.c` files in any folder, and the entry.',
    detect: {
      paths: ['/usr/bin/gcc', '/usr/local/bin/gcc', '/usr/bin/gcc-[0-9]*'],
      version: ['-dumpfullversion'],
      pattern: /^(\d+\.\d+\.\d+)/,
      needs: [HEADERS],
    },
    compile: script(C_BUILD),
    run: [PROGRAM],
  },
  cpp: {
    id: 'cpp',
    title: 'C++',
    aliases: ['c++', 'cc', 'cxx', 'g++'],
    fileName: 'main.cpp',
    syntax: 'cpp',
    package: 'g++',
    about: '`g++ -std=gnu++20 -O2 -pthread` of all `.cpp`, `.cc` and `.cxx` files in any folder, and the entry.',
    detect: {
      paths: ['/usr/bin/g++', '/usr/local/bin/g++', '/usr/bin/g++-[0-9]*'],
      version: ['-dumpfullversion'],
      pattern: /^(\d+\.\d+\.\d+)/,
      needs: [HEADERS],
    },
    compile: script(CPP_BUILD),
    run: [PROGRAM],
  },
  java: {
    id: 'java',
    title: 'Java',
    aliases: ['jdk', 'openjdk'],
    fileName: 'Main.java',
    syntax: 'java',
    package: 'default-jdk-headless',
    about:
      '`javac` of all `.java` files; started is the class of the entry that has a `main`. Annotation processors are off.',
    detect: {
      paths: [
        '/usr/lib/jvm/default-java/bin/javac',
        '/usr/bin/javac',
        '/usr/lib/jvm/*/bin/javac',
        '/opt/java/*/bin/javac',
        '~/.sdkman/candidates/java/*/bin/javac',
      ],
      // The version of its virtual machine, which is its own, and told without bringing the compiler up.
      version: ['-J-version'],
      pattern: /version "(\d+(?:\.\d+)*)/,
    },
    homeInside: '/opt/java',
    compile: script(JAVA_BUILD),
    // Left alone, its heap would grow by what the host has rather than by what the program may take.
    run: ['{home}/bin/java', '-Xmx{heapBytes}', '-XX:+UseSerialGC', '-XX:-UsePerfData', `@${BUILD}/arguments`],
    // The virtual machine itself takes some 50 MiB and 20 threads.
    limits: { memoryBytes: 512 * MiB, processes: 128 },
  },
  rust: {
    id: 'rust',
    title: 'Rust',
    aliases: ['rs', 'rustc'],
    fileName: 'main.rs',
    syntax: 'rust',
    package: 'rustc',
    about: '`rustc --edition 2021 -C opt-level=2` of the entry, which names its modules; standard library only.',
    detect: {
      paths: [
        '/usr/bin/rustc',
        '/usr/local/bin/rustc',
        '/usr/local/rustup/toolchains/*/bin/rustc',
        '~/.rustup/toolchains/*/bin/rustc',
      ],
      version: ['--version'],
      pattern: /rustc (\d+\.\d+\.\d+)/,
      needs: ['/usr/bin/cc', HEADERS],
    },
    homeInside: '/opt/rust',
    compile: script(RUST_BUILD),
    run: [PROGRAM],
  },
} satisfies Record<string, Language>
