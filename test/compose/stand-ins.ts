import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from '../../cli/setup/infra/build.ts'
import { kafka, kafkaJars } from '../../cli/setup/infra/kafka.ts'
import { mongodb, mongodbProgram } from '../../cli/setup/infra/mongodb.ts'
import { serverCache } from '../../cli/setup/infra/programs.ts'
import type { Engine } from './engine.ts'

const root = resolve(import.meta.dirname, '../..')
const recipes = join(import.meta.dirname, 'stand-ins')
const debian = join(serverCache, 'debian-bookworm.tar')
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** What a stand-in needs besides its recipe, put into the folder that it is built from. */
const ingredients: Record<string, (context: string) => Promise<unknown>> = {
  nats: async () => {},
  redis: async () => {},
  prometheus: async () => {},
  kcat: async () => {},
  mongo: async (context) => {
    await mongodb.obtain?.()
    await copyFile(mongodbProgram, join(context, 'secantusd-rs'))
  },
  kafka: async (context) => {
    await kafka.obtain?.()
    await cp(kafkaJars, join(context, 'libs'), { recursive: true })
    await copyFile(join(recipes, 'kafka.sh'), join(context, 'kafka.sh'))
  },
  node: async (context) => {
    const modules = (await promisify(execFile)('npm', ['root', '-g'])).stdout.trim()
    await cp(join(modules, 'npm'), join(context, 'lib/node_modules/npm'), { recursive: true, dereference: true })
    await mkdir(join(context, 'bin'))
    await copyFile(process.execPath, join(context, 'bin/node'))
    await mkdir(join(context, 'etc'))
    await writeFile(join(context, 'etc/npmrc'), `cafile=${CERTIFICATES}\n`)
  },
}

/** The foreign images that the Dockerfile and the compose file name. */
export const imagesAsked = async (): Promise<string[]> => {
  const node = /^ARG NODE=(.+)$/m.exec(await readFile(join(root, 'Dockerfile'), 'utf8'))?.[1]
  const compose = await readFile(join(root, 'docker-compose.yaml'), 'utf8')
  const images = [...compose.matchAll(/\bimage: ([^\s,}]+)/g)].map(([, name = '']) => name)
  return [`node:${node}`, ...images.filter((name) => !name.startsWith('greenroom:'))]
}

/**
 * Makes these images under their very names: the same servers, from Debian's packages and from what this machine has
 * cached, behind the interface of the official images. There is no registry to pull those from.
 */
export const makeStandIns = async (engine: Engine): Promise<void> => {
  await importDebian(engine)
  for (const image of await imagesAsked()) await make(engine, image)
}

const make = async (engine: Engine, image: string): Promise<void> => {
  const name = image.replace(/:.*$/, '').replace(/^.*\//, '')
  const context = await mkdtemp(join(tmpdir(), 'greenroom-stand-in-'))
  await ingredients[name]?.(context)
  await engine.docker('build', '--quiet', '--tag', image, '--file', join(recipes, `${name}.Dockerfile`), context)
  await rm(context, { recursive: true })
}

/** Debian itself, fetched once for this machine, with the certificates that it trusts. */
const importDebian = async ({ docker }: Engine): Promise<void> => {
  if (await docker('images', '--quiet', 'greenroom-stand-in')) return
  const script = `dir=$(mktemp -d) && debootstrap --variant=minbase --include=ca-certificates bookworm "$dir" &&
    cp "$0" "$dir$0" && rm -rf "$dir"/var/cache/apt/archives/*.deb && tar -C "$dir" -cf "$1.part" . && rm -rf "$dir"`
  await build('debian', debian, ['bash', '-c', script, CERTIFICATES, debian])
  await docker('import', debian, 'greenroom-stand-in')
}
