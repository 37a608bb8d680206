import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { lstat, mkdir, rename, rm } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Api } from './api.ts'
import { Failure, UsageError } from './failure.ts'
import { complain, remark } from './screen.ts'
import type { Execution } from './wire.ts'
import { harmless, inBytes } from './words.ts'

/** The folder that a program is to find for its artifacts: called as ours where that lies below, else by its last part. */
export const declaredFolder = (local: string): string => {
  const below = relative('.', resolve(local))
  const folder = below === '' || below.startsWith('..') || isAbsolute(below) ? basename(resolve(local)) : below
  if (folder === '')
    throw new UsageError(`--artifacts "${local}" has no name that a program could find; name a folder.`)
  return folder.replaceAll('\\', '/')
}

/** Saves what a run has handed out below a folder of ours; writes nowhere else, whatever the names and whatever is there. */
export const saveArtifacts = async (api: Api, run: Execution, local: string, quiet: boolean): Promise<void> => {
  const artifacts = run.artifacts ?? []
  for (const { path } of artifacts) await save(api, run.id, path, local)
  const size = artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (!quiet && artifacts.length > 0)
    remark(`${artifacts.length} file${artifacts.length === 1 ? '' : 's'} (${inBytes(size)}) saved in ${local}`)
  if (!quiet && run.artifactsNote) complain(harmless(run.artifactsNote))
}

const save = async (api: Api, id: string, path: string, local: string): Promise<void> => {
  const parts = path.split('/')
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..') && harmless(path) === path
  if (!isPlain || path.includes('\\'))
    throw new Failure(`The server names a file ${JSON.stringify(path)}, which is not saved.`)
  const { body } = await api.open(`/executions/${id}/artifacts/${parts.map(encodeURIComponent).join('/')}`)
  try {
    await mkdir(local, { recursive: true })
    await place(await folderFor(local, parts.slice(0, -1)), parts.at(-1)!, body as ReadableStream | null)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(`${path} could not be saved in ${local}: ${(error as Error).message}`)
  }
}

// Links below the folder could lead out of it, so that none is gone through.
const folderFor = async (local: string, parts: string[]): Promise<string> => {
  let folder = local
  for (const part of parts) {
    folder = join(folder, part)
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    if (!(await lstat(folder)).isDirectory())
      throw new Failure(`${folder} is no folder; nothing is written through it.`)
  }
  return folder
}

// Under another name first: whatever has the name now is replaced, never written into.
const place = async (folder: string, name: string, body: ReadableStream | null): Promise<void> => {
  const draft = join(folder, `.greenroom-${randomUUID()}`)
  try {
    await pipeline(body ? Readable.fromWeb(body) : Readable.from([]), createWriteStream(draft, { flags: 'wx' }))
    await rename(draft, join(folder, name))
  } finally {
    await rm(draft, { force: true })
  }
}
