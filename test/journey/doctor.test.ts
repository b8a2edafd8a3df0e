import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DoctorResult } from '../../master/verbs/doctor.ts'
import { packPlain, unpackPlain } from '../../protocol/codec.ts'
import { certifyMaster } from '../../protocol/handshake.ts'
import type { MasterCertificate } from '../../protocol/handshake-messages.ts'
import { ed25519PrivateKey } from '../../protocol/signature.ts'
import { ApiSchema } from './api-schema.ts'
import { Scene } from './scene.ts'

const LONG_MS = 120_000
const scene = new Scene()
const schema = new ApiSchema()

beforeAll(async () => {
  await scene.makeFleet({ 'inventory.yml': '"*": {level: staging}\n' })
  await scene.startMaster()
  await scene.join('m1')
}, LONG_MS)
afterAll(() => scene.close())

/** The checks as JSON, which must have the shape of the API; those with this status as `subject check`. */
async function doctor(words: readonly string[] = []) {
  const { code, out } = await scene.run(['doctor', '--json', ...words])
  const result = JSON.parse(out) as DoctorResult
  expect(schema.faults('doctor', 'result', result)).toEqual([])
  const named = (status: string): readonly string[] =>
    result.checks.filter(one => one.status === status).map(({ subject, check }) => `${subject} ${check}`)
  const of = (subject: string, check: string) =>
    result.checks.find(one => one.subject === subject && one.check === check)
  return { code, result, named, of }
}

it(
  'master doctor finds no problem with a master that runs, and repeats what the daemon says',
  async () => {
    const { code, named, result } = await doctor()

    expect(named('problem')).toEqual([])
    expect(code).toBe(0)
    expect(named('ok')).toEqual(expect.arrayContaining(['installation daemon', 'state modes', 'store integrity']))
    expect(named('ok')).toEqual(expect.arrayContaining(['certificates master', `listening ${scene.address}`]))
    expect(named('ok')).toEqual(expect.arrayContaining(['versions minions', 'keys pending', 'delivery recipients']))
    expect(result.daemon).toMatchObject({ address: scene.address, isGuess: false, pid: scene.pid('master') })

    const text = await scene.run(['doctor'])
    expect(text.out).toContain('installation daemon: process')
    expect(text.out).toMatch(/\d+ ok, \d+ warnings?, 0 problems, \d+ unknown\n/)
  },
  LONG_MS,
)

it(
  'master doctor knows when the last backup was made',
  async () => {
    expect((await doctor()).of('backup', 'age')).toMatchObject({ status: 'unknown' })
    await scene.must(['backup', join(scene.directory, 'backup')], 'a long passphrase of mine\n')

    expect((await doctor()).of('backup', 'age')).toMatchObject({ status: 'ok' })
  },
  LONG_MS,
)

it(
  'master doctor finds a key file that others may read, and the command that it prints repairs it',
  async () => {
    const key = join(scene.state, 'identity', 'root.key')
    chmodSync(key, 0o644)
    const { code, named, of } = await doctor()

    expect(code).toBe(1)
    expect(named('problem')).toEqual(['state modes'])
    expect(of('state', 'modes')?.action).toBe(`Type \`chmod go= ${key}\`.`)
    chmodSync(key, 0o600)
    expect((await doctor()).code).toBe(0)
  },
  LONG_MS,
)

it(
  'master doctor ends in time although the daemon hangs',
  async () => {
    process.kill(scene.pid('master'), 'SIGSTOP')
    const { code, of } = await doctor()
    process.kill(scene.pid('master'), 'SIGCONT')

    expect(code).toBe(1)
    expect(of('installation', 'daemon')).toMatchObject({ status: 'problem', found: expect.stringContaining('within') })
    expect(of('listening', scene.address)).toBeUndefined()
    expect(of('store', 'integrity')).toMatchObject({ status: 'ok' })
  },
  LONG_MS,
)

it(
  'master doctor checks the machine although the daemon is down, and finds an expired certificate and a program on its port',
  async () => {
    await scene.kill('master', 'SIGTERM')
    const identity = join(scene.state, 'identity')
    const path = join(identity, 'master.cert')
    const { signature: _, rootKey: _key, ...valid } = unpackPlain(readFileSync(path)) as MasterCertificate
    const root = ed25519PrivateKey(readFileSync(join(identity, 'root.key')))
    const past = { notBefore: Date.now() - 2 * 86_400_000, notAfter: Date.now() - 86_400_000 }
    writeFileSync(path, packPlain(certifyMaster(root, { ...valid, ...past })))
    const other = createServer(socket => socket.end('hello\n')).listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as { readonly port: number }
    const { code, result, of } = await doctor()
    const elsewhere = JSON.parse(
      (await scene.run(['doctor', '--json'], '', { SALTERN_LISTEN: `127.0.0.1:${port}` })).out,
    ) as DoctorResult
    other.close()

    expect(code).toBe(1)
    expect(result.daemon).toBeUndefined()
    expect(of('installation', 'daemon')).toMatchObject({ status: 'problem', action: expect.stringContaining('start') })
    expect(of('certificates', 'master')).toMatchObject({ status: 'problem', found: expect.stringContaining('expired') })
    expect(of('store', 'schema')).toMatchObject({ status: 'ok' })
    expect(of('versions', 'minions')).toMatchObject({ status: 'unknown' })
    expect(elsewhere.checks.find(({ subject }) => subject === 'listening')).toMatchObject({ status: 'problem' })
  },
  LONG_MS,
)

it(
  'master doctor finds a damaged store and a missing state directory',
  async () => {
    const state = join(scene.directory, 'damaged')
    const path = join(state, 'saltern.db')
    mkdirSync(state, { mode: 0o700 })
    writeFileSync(path, 'not a database, but as long as the header of one '.repeat(100))
    const damaged = await doctor(['--state', state])
    rmSync(path)
    const gone = await doctor(['--state', state])
    const store = { status: 'problem', found: expect.stringContaining('not a database') }

    expect(damaged.of('store', 'integrity')).toMatchObject(store)
    expect(gone.of('store', 'integrity')).toMatchObject({ status: 'problem', found: `there is no ${path}` })
    expect(gone.of('state', 'identity')).toMatchObject({
      status: 'problem',
      action: expect.stringContaining('restore'),
    })
    const { code, named } = await doctor(['--state', join(scene.directory, 'nowhere')])
    expect(code).toBe(1)
    expect(named('problem')).toEqual(['installation daemon', 'state directory'])
    expect(named('unknown')).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(disk|store|backup) /)]))
  },
  LONG_MS,
)
