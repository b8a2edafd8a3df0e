import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { appliedValues } from '../../../minion/system/applied-values.ts'
import { linuxSystem } from '../../../minion/system/linux.ts'
import { hostReader } from '../../../minion/system/reader.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { systemContract } from '../../contract/system.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

systemContract('the fake', () =>
  Promise.resolve({
    system: createFakeSystem({ files: { '/contract': undefined } }),
    root: '/contract',
    close: () => Promise.resolve(),
  }),
)

systemContract('the real host', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-system-'))
  const system = linuxSystem({
    applied: appliedValues(join(directory, 'state')),
    blobPath: hash => join(directory, hash),
    signal: () => undefined,
  })
  return { system, root: join(directory, 'root'), close: () => rm(directory, { recursive: true }) }
})

it('the real system returns the stdout of a program only for an action that shows it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-system-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const system = linuxSystem({ applied: appliedValues(directory), blobPath: hash => hash, signal: () => undefined })
  const said: string[] = []
  const run = { do: 'run', summary: 'say', argv: ['sh', '-c', 'echo out; echo err >&2'] } as const

  await system.perform({ ...run, showOutput: true }, { onOutput: text => void said.push(text) })
  await system.perform(run, { onOutput: text => void said.push(text) })

  expect(said).toEqual(['out\n'])
})

it('the real system reads the text of a blob in several chunks unchanged', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-system-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const text = Array.from({ length: 60_000 }, (_, line) => `line ${line}\n`).join('')
  const blob = sha256Of(text)
  await writeFile(join(directory, blob), text)
  const reader = hostReader(
    appliedValues(directory),
    () => undefined,
    hash => join(directory, hash),
  )

  expect(await reader.plainText({ blob, size: Buffer.byteLength(text) })).toBe(text)
})

it('reading the content of a named pipe returns nothing and does not block', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-system-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const pipe = join(directory, 'pipe')
  const reader = hostReader(
    appliedValues(directory),
    () => undefined,
    hash => join(directory, hash),
  )
  await reader.query(['mkfifo', pipe])

  expect((await reader.stat(pipe))?.kind).toBe('other')
  expect(await reader.sha256(pipe)).toBeUndefined()
  expect(await reader.readText(pipe)).toBeUndefined()
})

it('a timer has its turn although a caller looks at files without a pause', async () => {
  const reader = hostReader(
    appliedValues(tmpdir()),
    () => undefined,
    hash => hash,
  )
  let rang = false
  setTimeout(() => {
    rang = true
  }, 20)

  const end = performance.now() + 5_000
  while (!rang && performance.now() < end) await reader.stat('/etc/passwd')

  expect(rang).toBe(true)
})
