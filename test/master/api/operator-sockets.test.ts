import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ALL_RIGHTS } from '../../../master/access/caller.ts'
import { createClient } from '../../../master/api/client.ts'
import { createDrain } from '../../../master/api/drain.ts'
import { type OperatorSockets, openOperatorSockets } from '../../../master/api/operator-sockets.ts'
import { startApi } from '../../../master/api/server.ts'
import { uidOf } from '../../../master/api/system-user.ts'

const NOBODY = 65_534
const OWN = userInfo().uid
const AS_ROOT = OWN === 0

let directory: string
let sockets: OperatorSockets | undefined
let warnings: string[]
/** System users defined by the test. */
let users: Map<string, number>

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-operators-'))
  chmodSync(directory, 0o755)
  warnings = []
  users = new Map([
    ['anna', OWN],
    ['nobody', NOBODY],
  ])
})
afterEach(async () => {
  await sockets?.close()
  rmSync(directory, { recursive: true, force: true })
})

function open(ownUid = OWN): Promise<OperatorSockets> {
  return openOperatorSockets({
    directory: join(directory, 'operators'),
    // Each listener answers with the name from its path.
    start: ({ name }, path) =>
      startApi(
        {
          drain: createDrain(),
          dispatch: async (_verb, _input, _emit, _signal, { operator }) => ({ operator }),
          caller: {
            operator: name,
            via: 'socket',
            rights: ALL_RIGHTS,
          },
          openStream: () => Promise.reject(new Error('nobody opens a stream here')),
          onFault: () => undefined,
        },
        path,
      ),
    uidOf: async user => users.get(user),
    ownUid,
    warn: (message, facts) => warnings.push(`${message} ${JSON.stringify(facts)}`),
  })
}

function socketOf(name: string): string {
  return join(directory, 'operators', `${name}.sock`)
}

async function whoAmI(name: string): Promise<unknown> {
  return createClient(socketOf(name)).call('overview', {})
}

it('every operator has their own socket, accessible only to them, in a directory that cannot be listed', async () => {
  sockets = await open()
  await sockets.bring([{ name: 'anna', user: 'anna' }])

  expect(statSync(join(directory, 'operators')).mode & 0o777).toBe(0o711)
  expect(statSync(socketOf('anna')).mode & 0o777).toBe(0o600)
  expect(await whoAmI('anna')).toEqual({ operator: 'anna' })
})

it('operator sockets are created and removed together with the operators', async () => {
  sockets = await open()
  await sockets.bring([{ name: 'anna', user: 'anna' }])
  users.set('ben', OWN)
  await sockets.bring([{ name: 'ben', user: 'ben' }])

  expect(existsSync(socketOf('anna'))).toBe(false)
  expect(await whoAmI('ben')).toEqual({ operator: 'ben' })
  await sockets.bring([])
  expect(existsSync(socketOf('ben'))).toBe(false)
})

it('operator sockets are linked under the name of the system user', async () => {
  sockets = await open()
  await sockets.bring([{ name: 'boss', user: 'anna' }])

  expect(lstatSync(socketOf('anna')).isSymbolicLink()).toBe(true)
  expect(await whoAmI('anna')).toEqual({ operator: 'boss' })
  await sockets.bring([])
  expect(existsSync(socketOf('anna'))).toBe(false)
})

it('operator sockets are created once the system user exists and recreated when its uid changes', async () => {
  users.delete('anna')
  sockets = await open()
  await sockets.bring([{ name: 'anna', user: 'anna' }])
  await sockets.bring([{ name: 'anna', user: 'anna' }])
  expect(existsSync(socketOf('anna'))).toBe(false)
  expect(warnings).toEqual([expect.stringContaining('there is no such system user')])

  users.set('anna', OWN)
  await sockets.bring([{ name: 'anna', user: 'anna' }])
  expect(await whoAmI('anna')).toEqual({ operator: 'anna' })
  users.delete('anna')
  await sockets.bring([{ name: 'anna', user: 'anna' }])
  expect(existsSync(socketOf('anna'))).toBe(false)
})

it('an operator socket is reassigned when its system user moves to another operator', async () => {
  users.set('ben', OWN)
  users.set('clara', OWN)
  sockets = await open()
  await sockets.bring([{ name: 'boss', user: 'anna' }])

  await sockets.bring([
    { name: 'anna', user: 'anna' },
    { name: 'boss', user: 'ben' },
  ])
  expect(await whoAmI('anna')).toEqual({ operator: 'anna' })
  expect(await whoAmI('ben')).toEqual({ operator: 'boss' })

  await sockets.bring([
    { name: 'anna', user: 'ben' },
    { name: 'boss', user: 'clara' },
  ])
  await sockets.bring([
    { name: 'anna', user: 'clara' },
    { name: 'boss', user: 'ben' },
  ])
  expect(await whoAmI('ben')).toEqual({ operator: 'boss' })
  expect(await whoAmI('clara')).toEqual({ operator: 'anna' })
})

it('creating an operator socket is retried after a failure and does not block other operators', async () => {
  users.set('ben', OWN)
  sockets = await open()
  writeFileSync(socketOf('anna'), '')
  const owners = [
    { name: 'boss', user: 'anna' },
    { name: 'ben', user: 'ben' },
  ]

  await expect(sockets.bring(owners)).rejects.toThrow('EEXIST')
  expect(await whoAmI('ben')).toEqual({ operator: 'ben' })
  expect(existsSync(socketOf('boss'))).toBe(false)
  rmSync(socketOf('anna'))
  await sockets.bring(owners)
  expect(await whoAmI('anna')).toEqual({ operator: 'boss' })
})

it('operator sockets left over by a killed master are removed', async () => {
  sockets = await open()
  await sockets.close()
  writeFileSync(socketOf('gone'), '')
  sockets = await open()

  expect(existsSync(socketOf('gone'))).toBe(false)
})

it('without root, operator sockets keep the owner of the master, with a warning', async () => {
  users.set('anna', OWN + 7)
  sockets = await open(OWN === 0 ? 1 : OWN)
  await sockets.bring([{ name: 'anna', user: 'anna' }])

  expect(statSync(socketOf('anna')).uid).toBe(OWN)
  expect(warnings).toEqual([expect.stringContaining('only root can hand a socket to an operator')])
})

it.runIf(AS_ROOT)('operator sockets are owned by their operator, and the kernel refuses every other user', async () => {
  sockets = await open()
  await sockets.bring([
    { name: 'nobody', user: 'nobody' },
    { name: 'anna', user: 'anna' },
  ])
  const node = join(directory, 'node')
  copyFileSync(process.execPath, node)
  chmodSync(node, 0o755)
  const script = `require('net').connect(process.argv[1]).on('connect', () => { console.log('in'); process.exit() }).on('error', e => console.log(e.code))`
  const asNobody = (name: string): string =>
    execFileSync(node, ['-e', script, socketOf(name)], { uid: NOBODY, gid: NOBODY, cwd: '/', encoding: 'utf8' })

  expect(statSync(socketOf('nobody')).uid).toBe(NOBODY)
  expect(asNobody('nobody')).toBe('in\n')
  expect(asNobody('anna')).toBe('EACCES\n')
  expect(() =>
    execFileSync(node, ['-e', `require('fs').readdirSync(${JSON.stringify(join(directory, 'operators'))})`], {
      uid: NOBODY,
      gid: NOBODY,
      cwd: '/',
      stdio: 'pipe',
    }),
  ).toThrow('EACCES')
})

it('uidOf returns the uid of a known system user and nothing for an unknown name', async () => {
  expect(await uidOf(userInfo().username)).toBe(OWN)
  expect(await uidOf('no-such-user-here')).toBeUndefined()
  expect(await uidOf('--help')).toBeUndefined()
})
