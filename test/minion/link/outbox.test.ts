import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Outbox, openOutbox } from '../../../minion/link/outbox.ts'

const run = (end: string): never => `run-01jd3v000000000000000000${end}` as never
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saltern-outbox-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('the outbox', () => {
  it('the outbox keeps a report until it is stored, also when it is opened again', async () => {
    await openOutbox(directory).put(run('0a'), bytes('first'))

    const reopened = openOutbox(directory)
    expect(await reopened.list()).toEqual([run('0a')])
    expect(await reopened.read(run('0a'))).toEqual(bytes('first'))

    await reopened.delete(run('0a'))
    await reopened.delete(run('0a'))
    expect(await openOutbox(directory).list()).toEqual([])
    expect(await openOutbox(directory).read(run('0a'))).toBeUndefined()
  })

  it('the outbox no longer offers a permanently refused report and keeps it for inspection', async () => {
    await openOutbox(directory).put(run('0a'), bytes('odd'))

    await openOutbox(directory).setAside(run('0a'))

    expect(await openOutbox(directory).list()).toEqual([])
    expect(await readdir(directory)).toEqual([`${String(run('0a'))}.refused`])
  })

  it('the outbox keeps only the newest 20 refused or damaged reports', async () => {
    const outbox = openOutbox(directory)
    await writeFile(join(directory, `${String(run('00'))}.report.damaged`), 'random')
    const names = Array.from({ length: 25 }, (_, at) => run(String(at + 10)))
    for (const one of names) {
      await outbox.put(one, bytes('odd'))
      await outbox.setAside(one)
    }

    expect(await readdir(directory)).toEqual(names.slice(5).map(one => `${String(one)}.refused`))
  })

  it('the outbox keeps the first report of a run', async () => {
    const outbox = openOutbox(directory)
    await outbox.put(run('0a'), bytes('first'))
    await outbox.put(run('0a'), bytes('second'))

    expect(await outbox.read(run('0a'))).toEqual(bytes('first'))
  })

  it('the outbox offers a report from memory while the disk is full, until the master or the disk has it', async () => {
    const outbox = openOutbox(directory)
    const ends: string[] = []
    for (const end of ['0a', '0b', '0c']) void outbox.hold(run(end), bytes(end)).then(() => ends.push(end))

    expect(await outbox.list()).toEqual([run('0a'), run('0b'), run('0c')])
    await outbox.replace(run('0a'), bytes('shorter'))
    expect(await outbox.read(run('0a'))).toEqual(bytes('shorter'))
    expect(outbox.isInMemory(run('0b'))).toBe(true)
    await outbox.delete(run('0a'))
    await outbox.setAside(run('0b'))
    await outbox.put(run('0c'), bytes('0c'))
    expect(ends).toEqual(['0a', '0b', '0c'])
    expect(await outbox.list()).toEqual([run('0c')])
    expect(await openOutbox(directory).list()).toEqual([run('0c')])
    expect(outbox.isInMemory(run('0b'))).toBe(false)
    expect(await openOutbox(directory).refused()).toEqual([run('0b')])
  })

  describe('of a disk that takes nothing', () => {
    let spool: string
    let outbox: Outbox

    beforeEach(async () => {
      // Stands in the way until there is room.
      spool = join(directory, 'spool')
      await writeFile(spool, '')
      outbox = openOutbox(spool)
    })

    it('an outbox on a full disk keeps a refused report in memory, no longer offers it, and writes it once there is room', async () => {
      let isOver = false
      const holding = outbox.hold(run('0a'), bytes('odd')).then(() => (isOver = true))
      const first = await outbox.setAside(run('0a'))
      await holding
      const again = await outbox.setAsideAgain()
      const [kept, listed] = [outbox.isInMemory(run('0a')), await openOutbox(join(directory, 'none')).list()]
      await rm(spool)
      const last = await outbox.setAsideAgain()

      for (const aside of [first, again]) {
        expect(aside).toMatchObject({ written: [], left: [run('0a')], dropped: [], cause: expect.any(Error) })
      }
      expect([isOver, kept, listed]).toEqual([true, true, []])
      expect(last).toEqual({ written: [run('0a')], left: [], dropped: [] })
      expect(outbox.isInMemory(run('0a'))).toBe(false)
      expect(await readFile(join(spool, `${String(run('0a'))}.refused`), 'utf8')).toBe('odd')
      expect(await outbox.list()).toEqual([])
      expect(await outbox.setAsideAgain()).toEqual({ written: [], left: [], dropped: [] })
    })

    it('an outbox on a full disk keeps the newest 20 refused reports and names each one that it drops', async () => {
      const runs = Array.from({ length: 23 }, (_, at) => run(String(at + 10)))
      const dropped: unknown[] = []
      for (const one of runs) {
        void outbox.hold(one, bytes('odd'))
        dropped.push(...(await outbox.setAside(one)).dropped)
      }
      await rm(spool)
      const { written } = await outbox.setAsideAgain()

      expect(dropped).toEqual(runs.slice(0, 3))
      expect(written).toEqual(runs.slice(3))
      expect(await outbox.refused()).toEqual(runs.slice(3))
    })
  })

  it('an outbox that is asked several times at once to write refused reports writes each one once, with its content', async () => {
    const spool = join(directory, 'spool')
    await writeFile(spool, '')
    const outbox = openOutbox(spool)
    const runs = Array.from({ length: 20 }, (_, at) => run(String(at + 10)))
    const later = [run('40'), run('41'), run('42')]
    for (const one of [...runs, ...later]) void outbox.hold(one, bytes(one))
    for (const one of runs) await outbox.setAside(one)
    await rm(spool)
    const asides = await Promise.all([
      outbox.setAsideAgain(),
      ...later.map(one => outbox.setAside(one)),
      outbox.setAsideAgain(),
    ])

    const written = asides.flatMap(aside => aside.written).sort()
    const dropped = asides.flatMap(aside => aside.dropped)
    const refused = await outbox.refused()
    expect(new Set(written).size).toBe(written.length)
    expect([...new Set([...written, ...dropped])].sort()).toEqual([...runs, ...later])
    expect(refused).toEqual(written.slice(-20))
    for (const one of refused) expect(await readFile(join(spool, `${one}.refused`), 'utf8')).toBe(one)
  })

  it('the outbox ignores a partially written report left by a kill', async () => {
    await writeFile(join(directory, '.run-01jd3v0000000000000000000a.report.tmp'), 'ha')
    await writeFile(join(directory, 'run-x.report'), 'no run')

    expect(await openOutbox(directory).list()).toEqual([])
  })

  it('the outbox stores reports readable only by their owner', async () => {
    const inside = join(directory, 'spool')
    await openOutbox(inside).put(run('0a'), bytes('first'))

    expect((await stat(inside)).mode & 0o777).toBe(0o700)
    expect((await stat(join(inside, (await readdir(inside))[0] ?? ''))).mode & 0o777).toBe(0o600)
  })

  it('an outbox that cannot be written reports the error and loses no existing report', async () => {
    const outbox = openOutbox(directory)
    await outbox.put(run('0a'), bytes('first'))
    const blocked = join(directory, 'a-file')
    await writeFile(blocked, '')

    await expect(openOutbox(join(blocked, 'spool')).put(run('0c'), bytes('third'))).rejects.toThrow(/ENOTDIR/)
    expect(await outbox.read(run('0a'))).toEqual(bytes('first'))
  })
})
