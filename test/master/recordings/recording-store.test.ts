import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { eventLine, headerLine, parseCast } from '../../../master/recordings/cast.ts'
import { openRecordingStore } from '../../../master/recordings/recording-store.ts'

function scene() {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-kept-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return { directory, kept: openRecordingStore(directory) }
}

const HEADER = headerLine({ width: 80, height: 24, startedMs: 1000, title: 't', term: 'xterm' })

it('a recording is returned page by page in whole lines, each with the hash of the whole', async () => {
  const { directory, kept } = scene()
  const text = HEADER + Array.from({ length: 200 }, (_, index) => eventLine(index, 'o', `line ${index} é`)).join('')
  writeFileSync(join(directory, 'ses-1.cast'), text)
  const pages: string[] = []
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page = await kept.read('ses-1', from, 1000)
    expect(page?.sha256).toBe(createHash('sha256').update(text).digest('hex'))
    expect(page?.bytes).toBe(Buffer.byteLength(text))
    expect(page?.text.endsWith('\n')).toBe(true)
    pages.push(page?.text ?? '')
    from = page?.next
  }

  expect(pages.length).toBeGreaterThan(4)
  expect(pages.join('')).toBe(text)
})

it('only cast files of a session in the directory count as recordings', async () => {
  const { directory, kept } = scene()
  writeFileSync(join(directory, 'ses-1.cast'), 'xyz')
  writeFileSync(join(directory, 'notes.txt'), 'x')
  writeFileSync(join(directory, 'UPPER.cast'), 'x')
  symlinkSync('/etc/hostname', join(directory, 'ses-2.cast'))

  expect((await kept.list()).map(({ session, bytes }) => [session, bytes])).toEqual([['ses-1', 3]])
  expect(await kept.read('ses-2', 0, 1000)).toBeUndefined()
  expect(await kept.size('ses-3')).toBeUndefined()
  await kept.remove('ses-1')
  expect(await kept.list()).toEqual([])
  expect(await openRecordingStore(join(directory, 'none')).list()).toEqual([])
})

it('parseCast reads what was written and ignores a truncated last line', () => {
  const text = `${HEADER}${eventLine(0.5, 'o', 'a\r\n')}${eventLine(1, 'r', '100x30')}[1.5,"o","ha`

  expect(parseCast(text)).toEqual({
    header: { width: 80, height: 24, startedMs: 1000, title: 't', term: 'xterm' },
    events: [
      { seconds: 0.5, kind: 'o', data: 'a\r\n' },
      { seconds: 1, kind: 'r', data: '100x30' },
    ],
  })
})

it('parseCast rejects a text that is not a recording', () => {
  for (const text of ['', 'hello', '{"version":1}', '[1,"o","x"]']) expect(parseCast(text)).toBeUndefined()
})
