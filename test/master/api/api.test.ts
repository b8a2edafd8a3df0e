import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ALL_RIGHTS, type Caller } from '../../../master/access/caller.ts'
import { createClient } from '../../../master/api/client.ts'
import { createDrain } from '../../../master/api/drain.ts'
import { type ApiServer, startApi } from '../../../master/api/server.ts'
import type { PingAnswer } from '../../../master/verbs/minions.ts'
import { AppError } from '../../../protocol/errors.ts'
import { fakeDispatch } from '../run-verb.ts'

/** Requests more output than is buffered for a reader. */
const FLOOD = 7

const ROOT: Caller = { operator: 'root', via: 'socket', rights: ALL_RIGHTS }

let directory: string
let socket: string
let server: ApiServer | undefined
let faults: unknown[]
let left: number

const dispatch = fakeDispatch({
  ping: async ({ target }, { emit }) => {
    const answer: PingAnswer = { minion: target, ok: true, ms: 1 }
    emit(answer)
    return { answers: [answer] }
  },
  jobs: async ({ limit }) => {
    throw new AppError({ code: 'JOB_UNKNOWN', message: `limit ${limit}`, hint: 'Try.' })
  },
  events: ({ after }, { emit, signal }) => {
    const lines = after === FLOOD ? 100 : 1
    for (let seq = 1; seq <= lines; seq++) {
      emit({ seq, at: '', type: 'x', event: after === FLOOD ? { text: 'x'.repeat(1_000_000) } : {} })
    }
    return new Promise(() => {
      signal.addEventListener('abort', () => {
        left += 1
      })
    })
  },
})

const noStreams = (): Promise<never> => Promise.reject(new Error('nobody opens a stream here'))

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-api-'))
  socket = join(directory, 'master.sock')
  faults = []
  left = 0
  server = await startApi(
    {
      dispatch,
      drain: createDrain(),
      openStream: noStreams,
      caller: ROOT,
      onFault: thrown => faults.push(thrown),
    },
    socket,
  )
})
afterEach(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

/** A Node that any user may run: a copy in the test's own directory. */
function nodeForAll(): string {
  const path = join(directory, 'node')
  copyFileSync(process.execPath, path)
  chmodSync(path, 0o755)
  return path
}

async function raw(
  method: string,
  path: string,
  body: string,
): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: socket, method, path }, response => {
      let text = ''
      response.on('data', chunk => (text += String(chunk)))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

it('the API listens on a socket that only its owner can open', () => {
  expect(statSync(socket).mode & 0o777).toBe(0o600)
})

it.runIf(process.getuid?.() === 0)('the API socket refuses every other user', () => {
  chmodSync(directory, 0o755)
  const script = `require('net').connect(process.argv[1]).on('connect', () => console.log('in')).on('error', e => console.log(e.code))`
  const said = execFileSync('/bin/sh', ['-c', 'exec "$0" -e "$1" "$2"', nodeForAll(), script, socket], {
    uid: 65_534,
    gid: 65_534,
    cwd: '/',
    encoding: 'utf8',
  })

  expect(said).toBe('EACCES\n')
})

it('the API sends lines while a verb runs, and then its result', async () => {
  const events: PingAnswer[] = []
  const result = await createClient(socket).call('ping', { target: 'db1' }, event => events.push(event))

  expect(events).toEqual([{ minion: 'db1', ok: true, ms: 1 }])
  expect(result).toEqual({ answers: events })
  expect(await raw('POST', '/v1/ping', '{"target":"x"}')).toMatchObject({ status: 200, type: 'application/x-ndjson' })
})

it('the API returns the problems of a verb with their hints', async () => {
  await expect(createClient(socket).call('jobs', {})).rejects.toMatchObject({
    problems: [{ code: 'JOB_UNKNOWN', message: 'limit 20', hint: 'Try.' }],
  })
  expect(await raw('POST', '/v1/jobs', '{}')).toMatchObject({ status: 400, type: 'application/json' })
})

it('the API rejects malformed input before the verb sees it', async () => {
  const { status, text } = await raw('POST', '/v1/ping', '{"target":"","more":1}')

  expect(status).toBe(400)
  expect(text).toContain('USAGE')
  expect(text).toContain('`target`')
  expect((await raw('POST', '/v1/ping', '{"target":')).text).toContain('must be JSON')
  expect((await raw('POST', '/v1/ping', `"${'x'.repeat(3_000_000)}"`)).text).toContain('MESSAGE_TOO_LARGE')
})

it('the API answers 404 for other paths and methods', async () => {
  expect((await raw('POST', '/v1/nothing', '{}')).status).toBe(404)
  expect((await raw('POST', '/v1/__proto__', '{}')).status).toBe(404)
  expect((await raw('GET', '/v1/ping', '')).status).toBe(404)
  expect((await raw('POST', '/v1/../ping', '{}')).status).toBe(404)
})

it('the API reports an internal error without its stack', async () => {
  const { status, text } = await raw('POST', '/v1/minions', '{}')

  expect(status).toBe(500)
  expect(text).toContain('INTERNAL')
  expect(text).not.toContain('at ')
  expect(faults).toHaveLength(1)
})

it('the API aborts a verb when its client disconnects', async () => {
  const stop = new AbortController()
  const call = createClient(socket, stop.signal).call('events', { follow: true }, () => stop.abort())

  await expect(call).rejects.toMatchObject({ problems: [{ code: 'CALL_INTERRUPTED' }] })
  await expect.poll(() => left, { timeout: 30_000 }).toBe(1)
})

it('the API drops a client that stops reading and buffers nothing for it', async () => {
  const outgoing = request({ socketPath: socket, path: '/v1/events', method: 'POST' }, answer => answer.pause())
  outgoing.on('error', () => undefined)
  outgoing.end(JSON.stringify({ follow: true, after: FLOOD }))

  await expect.poll(() => left, { timeout: 30_000 }).toBe(1)
  outgoing.destroy()
})

it('the API does not take over the socket of a running master, and replaces a stale one', async () => {
  const again = () =>
    startApi(
      {
        dispatch,
        drain: createDrain(),
        openStream: noStreams,
        caller: ROOT,
        onFault: () => undefined,
      },
      socket,
    )

  await expect(again()).rejects.toMatchObject({ problems: [{ code: 'SOCKET_TAKEN' }] })
  await server?.close()
  server = await again()
  expect((await raw('POST', '/v1/ping', '{"target":"x"}')).status).toBe(200)
})

it('the API does not remove a file that is not a socket', async () => {
  const path = join(directory, 'file')
  writeFileSync(path, 'x')
  chmodSync(path, 0o600)

  await expect(
    startApi(
      {
        dispatch,
        drain: createDrain(),
        openStream: noStreams,
        caller: ROOT,
        onFault: () => undefined,
      },
      path,
    ),
  ).rejects.toThrow('is not a socket')
})

it('the API client says how to start the master when none answers', async () => {
  await expect(createClient(join(directory, 'none.sock')).call('minions', {})).rejects.toMatchObject({
    problems: [{ code: 'MASTER_NOT_RUNNING', hint: expect.stringContaining('systemctl start saltern-master') }],
  })
})

it('the API client says that the master may be out of file descriptors when it closes a connection at once', async () => {
  const path = join(directory, 'closing.sock')
  const closing = createServer(one => one.destroy())
  await new Promise<void>(listening => closing.listen(path, listening))

  await expect(createClient(path).call('status', {})).rejects.toMatchObject({
    problems: [{ code: 'MASTER_NOT_RUNNING', hint: expect.stringContaining('LimitNOFILE') }],
  })
  await new Promise(closed => closing.close(closed))
})
