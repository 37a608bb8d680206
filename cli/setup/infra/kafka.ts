import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from './build.ts'
import { programIn, serverCache } from './programs.ts'
import { type Part, type Server, ServerRefused } from './server.ts'

const VERSION = '4.3.1'
/** Where Kafka lies once it was fetched. */
export const kafkaJars = join(serverCache, `kafka-${VERSION}`)
const core = join(kafkaJars, `kafka_2.13-${VERSION}.jar`)
const JVM = [
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-XX:-UsePerfData',
  '-XX:CICompilerCount=2',
  '-Djava.awt.headless=true',
]

/** Apache Kafka without ZooKeeper: each member is broker and controller; of three, two must have every message. */
export const kafka: Server = {
  name: 'kafka',
  setting: 'GREENROOM_KAFKA_BROKERS',
  ports: (members) => [19092, 19192].flatMap((port) => range(members).map((i) => port + i)),
  missing() {
    if (!programIn('java')) return 'no Java: install it with sudo apt-get install -y default-jre-headless'
    return existsSync(core) ? null : `no Kafka: ./deploy.sh infra --native fetches it${lacking()}`
  },
  async obtain() {
    if (existsSync(core)) return
    await build('kafka', kafkaJars, ['mvn', ...maven])
  },
  prepare: async (dir, ports) => {
    const cluster = await clusterOf(dir, membersOf(ports))
    for (const member of membersIn(dir, ports)) await mkdir(member.dir, { recursive: true })
    await Promise.all(membersIn(dir, ports).map((member) => configure(member, ports, cluster)))
  },
  parts: (dir, ports) =>
    membersIn(dir, ports).map(
      (member): Part => ({
        name: member.name,
        dir: member.dir,
        command: ['java', '-Xms128m', '-Xmx512m', ...CLASSES, 'kafka.Kafka', member.properties],
        ready: /Kafka Server started/,
      }),
    ),
  url: (ports) => membersIn('', ports).map(brokerOf).join(','),
}

type Member = { id: number; name: string; dir: string; properties: string; port: number; controller: number }

const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const membersOf = (ports: readonly number[]) => ports.length / 2
const brokerOf = ({ port }: Member) => `127.0.0.1:${port}`

const membersIn = (base: string, ports: readonly number[]): Member[] =>
  range(membersOf(ports)).map((i) => {
    const dir = join(base, String(i + 1))
    const [port = 0, controller = 0] = [ports[i], ports[i + membersOf(ports)]]
    return { id: i + 1, name: `kafka-${i + 1}`, dir, properties: join(dir, 'server.properties'), port, controller }
  })

const lacking = () => (programIn('mvn') ? '' : ', given Maven: sudo apt-get install -y maven')

const maven = [
  ...['-B', '-q', '-f', join(import.meta.dirname, 'kafka-pom.xml'), `-Dkafka.version=${VERSION}`],
  ...['org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies', '-DincludeScope=runtime'],
  `-DoutputDirectory=${kafkaJars}.part`,
]

// Of all that it tells only the line by which it is known to serve, and what needs attention.
const LOGGED = ['showDateTime=true', 'dateTimeFormat=HH:mm:ss.SSS', 'defaultLogLevel=warn', 'log.kafka.server=info']
const CLASSES = [...JVM, ...LOGGED.map((option) => `-Dorg.slf4j.simpleLogger.${option}`), '-cp', join(kafkaJars, '*')]
const COMMAND = ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...CLASSES]

/** The id of the cluster whose data lie there; a new one where there are none. Members cannot come or go later. */
const clusterOf = async (dir: string, members: number): Promise<string> => {
  const file = join(dir, 'cluster')
  if (existsSync(file)) {
    const [id = '', size] = (await readFile(file, 'utf8')).split(' ')
    if (Number(size) === members) return id
    throw new ServerRefused(`The data in ${dir} belong to ${size} brokers, not ${members}: remove them to change that.`)
  }
  // One that begins with a dash would be read as an option.
  const id = `A${randomBytes(16).toString('base64url').slice(1, 22)}`
  await writeFile(file, `${id} ${members}`)
  return id
}

const configure = async (member: Member, ports: readonly number[], cluster: string): Promise<void> => {
  const data = join(member.dir, 'data')
  const values: Record<string, string | number> = {
    ID: member.id,
    PORT: member.port,
    CONTROLLER: member.controller,
    VOTERS: membersIn('', ports)
      .map(({ id, controller }) => `${id}@127.0.0.1:${controller}`)
      .join(','),
    DATA: data,
    MEMBERS: membersOf(ports),
    INSYNC: membersOf(ports) > 1 ? 2 : 1,
  }
  const template = await readFile(join(import.meta.dirname, 'kafka.properties'), 'utf8')
  await writeFile(
    member.properties,
    template.replace(/@(\w+)@/g, (_, name) => String(values[name])),
  )
  if (existsSync(join(data, 'meta.properties'))) return
  const format = ['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', member.properties]
  await kafkaCommand(...format)
}

/** Runs one of Kafka's own commands, given its class and arguments; resolves with what it printed. */
export const kafkaCommand = (...args: string[]): Promise<string> => java([...COMMAND, ...args])

// A topic may be printed whole.
const MOST_OUTPUT = 1 << 28

const java = async (args: string[]): Promise<string> => {
  try {
    return (await promisify(execFile)('java', args, { maxBuffer: MOST_OUTPUT })).stdout
  } catch (error) {
    throw new ServerRefused((error as Error).message)
  }
}
