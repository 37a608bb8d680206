import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from './build.ts'
import { isProgram, programIn, serverCache } from './programs.ts'
import type { Server } from './server.ts'

const VERSION = '0.5.3-beta.193'
const home = join(serverCache, `mongodb-${VERSION}`)
/** Where the server lies once it was built. */
export const mongodbProgram = join(home, 'bin/secantusd-rs')

/**
 * A server that speaks MongoDB's wire protocol over WiredTiger: for development and tests on machines where MongoDB
 * itself cannot be installed. Production runs MongoDB.
 */
export const mongodb: Server = {
  name: 'mongodb',
  setting: 'GREENROOM_MONGODB_URL',
  ports: () => [37017],
  missing() {
    if (isProgram(mongodbProgram)) return null
    return `no MongoDB server: ./deploy.sh infra --native builds one in some minutes${lacking()}`
  },
  obtain: async () => {
    if (isProgram(mongodbProgram)) return
    const target = join(home, 'target')
    await build('secantus-mdb', mongodbProgram, ['cargo', ...cargo], {
      CARGO_TARGET_DIR: target,
      CARGO_PROFILE_RELEASE_LTO: 'off',
      CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    })
    await rm(target, { recursive: true, force: true })
  },
  // Its own discovery of settings would find a stray file where Greenroom is started.
  prepare: (dir) => writeFile(join(dir, 'empty.toml'), ''),
  parts: (dir, [port]) => [
    {
      name: 'mongodb',
      dir,
      command: [mongodbProgram, ...options(dir, port)],
      ready: /listening on 127\.0\.0\.1:/,
    },
  ],
  url: ([port]) => `mongodb://127.0.0.1:${port}/greenroom`,
}

const lacking = () => (programIn('cargo') ? '' : ', given Rust: https://rustup.rs')

// It declares a newer Rust than it needs; optimising across its crates would only make the build longer.
const cargo = [
  ...['install', 'secantus-mdb', '--version', VERSION, '--locked', '--ignore-rust-version', '--quiet'],
  ...['--root', home],
]

// Without --sync-on-commit acknowledged writes are lost when it is killed, journalled or not.
const options = (dir: string, port = 0): string[] => [
  ...['--config', join(dir, 'empty.toml'), '--host', '127.0.0.1', '--port', String(port)],
  ...['--storage-path', join(dir, 'db'), '--cache-size', '256M', '--log-file-max', '16MB', '--sync-on-commit'],
]
