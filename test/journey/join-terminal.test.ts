import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scene } from './scene.ts'
import { KEYS, Terminal } from './terminal.ts'

const MINION = resolve(import.meta.dirname, '../../minion/main.ts')

let scene: Scene
let terminal: Terminal | undefined

beforeAll(async () => {
  scene = new Scene()
  await scene.makeFleet({})
  await scene.startMaster()
})
afterAll(async () => {
  terminal?.close()
  await scene.close()
})

const token = async (id: string): Promise<string> => (await scene.must(['join-token', 'create', '--id', id])).trim()

test('`minion join` in a terminal prompts for the token, does not echo it, and accepts it with Enter', async () => {
  const secret = await token('typed')
  const words = ['--state', scene.minionState('typed'), 'join', '--master', scene.address, '--id', 'typed']
  terminal = new Terminal(process.execPath, [MINION, ...words], scene.env)
  await terminal.sees(/Join token.*: $/)
  terminal.type(`${secret}${KEYS.enter}`)

  await terminal.sees(`joined ${scene.address} as typed`)
  expect(await terminal.ends()).toBe(0)
  expect(terminal.shown).not.toContain(secret.slice(0, 24))
})

test('`minion join` accepts the token from a pipe or a file, and names all three ways when it gets none', async () => {
  const words = (id: string): string[] => ['join', '--master', scene.address, '--id', id]
  const file = join(scene.directory, 'token')
  const [piped, filed] = [await token('piped'), await token('filed')]
  writeFileSync(file, filed)

  expect(await scene.minion('piped', words('piped'), piped)).toMatchObject({ code: 0 })
  expect(await scene.minion('filed', [...words('filed'), '--token-file', file])).toMatchObject({ code: 0 })
  const { code, err } = await scene.minion('empty', words('empty'))
  expect(code).toBe(2)
  expect(err).toMatch(/no join token.*terminal.*< token.*--token-file/s)
})

test('`minion join` with a used or incomplete token says where to look', async () => {
  const used = await token('once')
  const words = (id: string): string[] => ['join', '--master', scene.address, '--id', id]
  expect(await scene.minion('once', words('once'), used)).toMatchObject({ code: 0 })

  const again = await scene.minion('twice', words('once'), used)
  const half = await scene.minion('half', words('half'), used.slice(0, 60))

  expect(again.err).toMatch(
    /HANDSHAKE_REFUSED.*hint: .*`master join-token list`.*`master keys` shows the key.*SHA256:/s,
  )
  expect(half.err).toMatch(/JOIN_TOKEN_INVALID.*hint: Copy the whole line that `master join-token create` printed/s)
})
