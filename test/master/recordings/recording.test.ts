import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type CastEvent, parseCast } from '../../../master/recordings/cast.ts'
import type { CastFile } from '../../../master/recordings/cast-file.ts'
import type { RecordingLimits } from '../../../master/recordings/cast-writer.ts'
import { createSessionRecorder, type RecordingFacts } from '../../../master/recordings/session-recorder.ts'

const FACTS: RecordingFacts = {
  session: 'ses-1',
  title: 'ann at db1',
  width: 80,
  height: 24,
  term: 'xterm-256color',
  secrets: ['hunter2-hunter2'],
}
const START = Date.parse('2026-11-21T10:00:00Z')
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-recordings-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function scene(options: { limits?: RecordingLimits; create?: (path: string) => Promise<CastFile> } = {}) {
  const directory = join(temporaryDirectory(), 'recordings')
  const clock = { ms: START }
  const warnings: string[] = []
  const recorder = createSessionRecorder({
    directory,
    now: () => clock.ms,
    warn: message => warnings.push(message),
    ...options,
  })
  const path = join(directory, 'ses-1.cast')
  return { recorder, path, clock, warnings, text: () => readFileSync(path, 'utf8') }
}

/** An in-memory disk with this much room; a write that does not fit is cut. */
function fakeDisk(room: { bytes: number }) {
  const state = { content: Buffer.alloc(0), closed: false }
  const file: CastFile = {
    write: async (data, position) => {
      const fits = Math.max(0, Math.min(data.length, room.bytes - position))
      state.content = Buffer.concat([state.content.subarray(0, position), data.subarray(0, fits)])
      if (fits < data.length) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    },
    truncate: async size => {
      state.content = state.content.subarray(0, size)
    },
    sync: async () => undefined,
    close: async () => {
      state.closed = true
    },
  }
  return { file, state, create: async () => file }
}

const shown = (events: readonly CastEvent[]): string => {
  return events.flatMap(({ kind, data }) => (kind === 'o' ? data : [])).join('')
}

it('a recording is an asciicast with times, sizes and output of the session, readable only by its owner', async () => {
  const { recorder, path, clock, text } = scene()
  const recording = await recorder.begin(FACTS)
  clock.ms += 500
  recording.output(bytes('$ '))
  clock.ms += 1000
  recording.output(bytes('ls\r\n'))
  recording.resize({ width: 120, height: 40 })
  clock.ms += 250
  recording.output(bytes('a b\r\n'))
  const recorded = await recording.end()

  expect(
    text()
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as unknown),
  ).toEqual([
    {
      version: 2,
      width: 80,
      height: 24,
      timestamp: START / 1000,
      title: 'ann at db1',
      env: { TERM: 'xterm-256color' },
    },
    [0.5, 'o', '$ '],
    [1.5, 'o', 'ls\r\n'],
    [1.5, 'r', '120x40'],
    [1.75, 'o', 'a b\r\n'],
  ])
  expect(recorded).toEqual({
    sha256: createHash('sha256').update(text()).digest('hex'),
    bytes: statSync(path).size,
    durationMs: 1750,
    cut: false,
  })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
})

it('a recording contains no secret and only whole characters, however the output was split', async () => {
  const { recorder, text } = scene()
  const recording = await recorder.begin(FACTS)
  for (const byte of bytes('key=hunter2-hunter2 größe 日本')) recording.output(Uint8Array.of(byte))
  await recording.end()

  expect(shown(parseCast(text())?.events ?? [])).toBe('key=*** größe 日本')
  expect(text()).not.toContain('hunter2')
})

it('a recording merges output within one frame', async () => {
  const { recorder, clock, text } = scene()
  const recording = await recorder.begin(FACTS)
  for (let round = 0; round < 10; round++) {
    recording.output(bytes('x'))
    clock.ms += 4
  }
  await recording.end()

  expect(parseCast(text())?.events.map(({ data }) => data)).toEqual(['xxxxx', 'xxxxx'])
})

it('a recording ends once and accepts no output afterwards', async () => {
  const { recorder, text } = scene()
  const recording = await recorder.begin(FACTS)
  expect([...recorder.running()]).toEqual(['ses-1'])
  const first = await recording.end()
  recording.output(bytes('late'))
  recording.resize({ width: 1, height: 1 })

  expect(await recording.end()).toEqual(first)
  expect(text()).not.toContain('late')
  expect([...recorder.running()]).toEqual([])
})

it('a recording stops at its size limit, says so during playback, and is marked as cut', async () => {
  const { recorder, text } = scene({ limits: { bytes: 4000, waiting: 1_000_000 } })
  const recording = await recorder.begin(FACTS)
  for (let round = 0; round < 100; round++) {
    recording.output(bytes(`${'y'.repeat(400)}\r\n`))
    recording.resize({ width: 80, height: 24 })
  }
  const recorded = await recording.end()

  expect(recorded.cut).toBe(true)
  expect(recorded.bytes).toBeLessThan(4600)
  expect(text()).toContain('the rest of the session is not recorded')
  expect(recorded.sha256).toBe(createHash('sha256').update(text()).digest('hex'))
})

it('a recording omits what a full disk could not take, keeps whole lines, and continues when there is room', async () => {
  const room = { bytes: 400 }
  const { state, create } = fakeDisk(room)
  const { recorder, clock } = scene({ create })
  const recording = await recorder.begin(FACTS)
  const say = async (text: string): Promise<void> => {
    clock.ms += 100
    recording.output(bytes(text))
    recording.resize({ width: 80, height: 24 })
    await expect.poll(() => state.content.toString().endsWith('\n')).toBe(true)
  }
  await say('first')
  await say('z'.repeat(1000))
  room.bytes = 10_000
  await say('last')
  const recorded = await recording.end()

  const cast = parseCast(state.content.toString())
  expect(shown(cast?.events ?? [])).toMatch(/^first.*about \d+ bytes are not recorded.*last$/s)
  expect(
    state.content
      .toString()
      .trimEnd()
      .split('\n')
      .every(line => JSON.parse(line) !== null),
  ).toBe(true)
  expect(recorded).toMatchObject({ cut: true, bytes: state.content.length })
  expect(recorded.sha256).toBe(createHash('sha256').update(state.content).digest('hex'))
  expect(state.closed).toBe(true)
})

it('a recording does not wait for a slow disk and drops what exceeds its buffer', async () => {
  const gate = Promise.withResolvers<void>()
  const { file, state } = fakeDisk({ bytes: 1_000_000 })
  let writes = 0
  const slow: CastFile = {
    ...file,
    write: async (data, position) => {
      writes += 1
      if (writes > 1) await gate.promise
      await file.write(data, position)
    },
  }
  const { recorder, clock } = scene({ create: async () => slow, limits: { bytes: 1_000_000, waiting: 5000 } })
  const recording = await recorder.begin(FACTS)
  for (let round = 0; round < 100; round++) {
    clock.ms += 100
    recording.output(bytes('w'.repeat(1000)))
  }
  gate.resolve()
  const recorded = await recording.end()

  expect(recorded.cut).toBe(true)
  expect(state.content.length).toBeLessThan(10_000)
  expect(state.content.toString()).toContain('could not be written to the disk of the master')
})

it('a session continues when nothing can be recorded, and the recording says so', async () => {
  const { create } = fakeDisk({ bytes: 10 })
  const full = scene({ create })
  const recording = await full.recorder.begin(FACTS)
  recording.output(bytes('x'))
  full.clock.ms += 20

  expect(await recording.end()).toMatchObject({ bytes: 0, cut: true, durationMs: 20 })
  expect(full.warnings).toEqual(['a session is not recorded: the disk is full'])

  const readOnly = scene({ create: () => Promise.reject(Object.assign(new Error('no'), { code: 'EROFS' })) })
  expect(await (await readOnly.recorder.begin(FACTS)).end()).toMatchObject({ bytes: 0, cut: true })
  expect(readOnly.warnings).toEqual(['a session is not recorded'])
})

it('a recording is never written over another one or outside its directory', async () => {
  const { recorder, text, warnings } = scene()
  const first = await recorder.begin(FACTS)
  first.output(bytes('mine'))
  await first.end()
  const before = text()
  await (await recorder.begin(FACTS)).end()

  expect(text()).toBe(before)
  expect(warnings).toEqual(['a session is not recorded'])
  await expect(recorder.begin({ ...FACTS, session: '../ses-1' })).rejects.toThrow('is not a session id')
})
