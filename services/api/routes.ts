import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { MethodNotAllowed, NoSuchPage } from './api.errors.ts'
import { asyncapi } from './asyncapi.ts'
import { jsonBody } from './body.ts'
import { BASE, ownDoors, publicActions } from './doors.ts'
import { asAlias, type Exchange, type Handler, mayExist, sendJson } from './exchange.ts'
import { guard, guardPage } from './guard.ts'
import { alive, health, ready } from './health.ts'
import { keyOf } from './idempotency.ts'
import { type Metrics, metricsPage } from './metrics.ts'
import { openapi } from './openapi.ts'
import { artifact, output } from './output.ts'
import { page, secureHeaders } from './page.ts'
import { type OpenStreams, stream } from './stream.ts'
import { submit } from './submit.ts'

type Self = Service & { metrics: Metrics; open: OpenStreams }
type Next = (error?: unknown) => void
type Called = Exchange & { $alias?: { action?: string } }
/** By method and path: the name of an action, or a handler of ours. */
type Doors = Record<string, string | Handler>

const actionDoors: Doors = Object.fromEntries(
  publicActions.map(({ name, rest }) => [`${rest.method} ${rest.path}`, name]),
)

/** The doors with HEAD beside every GET, and 405 with the methods that there are for all others. */
const aliases = (doors: Doors): Record<string, unknown> => {
  const all = new Map<string, unknown>()
  const methods = new Map<string, string[]>()
  for (const [key, door] of Object.entries(doors)) {
    const [method = '', path = ''] = key.split(' ')
    const names = method === 'GET' ? ['GET', 'HEAD'] : [method]
    for (const name of names) all.set(`${name} ${path}`, typeof door === 'string' ? door : asAlias(door))
    methods.set(path, [...(methods.get(path) ?? []), ...names])
  }
  for (const [path, allowed] of methods) all.set(`* ${path}`, asAlias(refuse(allowed)))
  return Object.fromEntries(all)
}

const refuse =
  (allowed: string[]): Handler =>
  async (req, res) => {
    res.setHeader('Allow', allowed.join(', '))
    throw new MethodNotAllowed(req.method ?? '', allowed)
  }

const guarded = (self: Self, check: typeof guard) => (req: IncomingMessage, _res: ServerResponse, next: Next) => {
  try {
    check(req, { token: backendsOf(self.broker).settings.token })
    next()
  } catch (refused) {
    next(refused)
  }
}

// The gateway tells query, body and path apart; an action sees one object in which the path wins, then the body.
const merge = (ctx: Context<unknown, { idempotencyKey?: string }>, _route: unknown, req: Called) => {
  mayExist(req)
  const { query, body, params } = req.$params
  const action = req.$alias?.action
  const key = action === 'executions.retry' ? keyOf(req) : null
  if (key !== null) ctx.meta.idempotencyKey = key
  if (action) req.$params = { ...query, ...body, ...params } as unknown as Exchange['$params']
}

const answer = (_ctx: Context, _route: unknown, req: Called, res: ServerResponse, data: { id?: string }) => {
  const action = req.$alias?.action
  res.statusCode = publicActions.find(({ name }) => name === action)?.rest.status ?? 200
  res.setHeader('Cache-Control', 'no-store')
  if (action === 'executions.retry') res.setHeader('Location', `${BASE}/executions/${data.id}`)
  return data
}

const notFound = (req: IncomingMessage & { originalUrl?: string }, _res: ServerResponse, next: Next) =>
  next(new NoSuchPage(req.originalUrl ?? ''))

/** Everything that HTTP can reach, the most particular path first. */
export const routes = (self: Self): object[] => {
  const { settings } = backendsOf(self.broker)
  const document = openapi(settings.version)
  const topicsDocument = asyncapi(settings.version)
  const strict = { mappingPolicy: 'restrict', bodyParsers: false, mergeParams: false }
  const inside = { ...strict, use: [secureHeaders, guarded(self, guard), jsonBody] }
  const outside = { ...strict, use: [secureHeaders, guarded(self, guardPage)] }
  const ownApi: Doors = {
    'POST /executions': submit,
    [`GET ${ownDoors.output.path}`]: output(self),
    [`GET ${ownDoors.artifact.path}`]: artifact(self),
    [`GET ${ownDoors.stream.path}`]: stream(self.open),
    [`GET ${ownDoors.examples.path}`]: async (req, res) => sendJson(req, res, 200, settings.examples),
    [`GET ${ownDoors.openapi.path}`]: async (req, res) => sendJson(req, res, 200, document),
    [`GET ${ownDoors.asyncapi.path}`]: async (req, res) => sendJson(req, res, 200, topicsDocument),
  }
  const healthDoors: Doors = { 'GET /live': alive, 'GET /ready': ready(self), 'GET /': health(self) }
  const metricsDoors: Doors = { 'GET /': metricsPage(self, self.metrics, () => self.open.size) }
  return [
    {
      ...inside,
      path: BASE,
      aliases: aliases({ ...actionDoors, ...ownApi }),
      onBeforeCall: merge,
      onAfterCall: answer,
    },
    { ...outside, path: '/health', aliases: aliases(healthDoors) },
    { ...inside, path: '/metrics', aliases: aliases(metricsDoors) },
    { ...strict, path: '/api', use: [secureHeaders, notFound] },
    { ...strict, path: '/', use: [...outside.use, ...page(settings.pageDir)] },
  ]
}
