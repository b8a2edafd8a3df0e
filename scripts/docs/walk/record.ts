import { readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { SourceFunction } from './functions.ts'

/*
 * Preloaded (`--import`) into a master, a minion and a command line: each function of ours reports when it is called, and the
 * stack names its caller. The directory SALTERN_WALK holds `functions.json`. SIGUSR2 starts recording; the next one writes the
 * calls since then to `PID.json`. With SALTERN_WALK_NOW a command line records from start to end.
 */
const DIRECTORY = process.env['SALTERN_WALK'] ?? ''
const PROJECT = join(import.meta.dirname, '../../..')
const FRAMES = 40

interface Insertion {
  readonly at: number
  readonly text: string
}

interface Instrumented {
  readonly insertions: readonly Insertion[]
  readonly functions: readonly SourceFunction[]
  /** Offsets of lines in the instrumented text. */
  readonly lineStarts: readonly number[]
}

const functions = JSON.parse(readFileSync(join(DIRECTORY, 'functions.json'), 'utf8')) as readonly SourceFunction[]
const byFile = Map.groupBy(functions, ({ file }) => join(PROJECT, file))
const instrumented = new Map<string, Instrumented>()
/** Caller and callee; the caller is -1 when it is not a function of ours, -2 for the top level of a module. */
const calls = new Map<string, readonly [number, number]>()
const isCommand = process.env['SALTERN_WALK_NOW'] !== undefined
let isOn = isCommand

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const path = url.startsWith('file:') ? fileURLToPath(url) : ''
    const own = byFile.get(path)
    return own === undefined ? loaded : { ...loaded, source: instrument(path, readFileSync(path, 'utf8'), own) }
  },
})

/** Instruments a text without adding lines; type stripping keeps positions. */
function instrument(path: string, text: string, own: readonly SourceFunction[]): string {
  const insertions = own.flatMap(insertionsOf).toSorted((a, b) => a.at - b.at)
  let source = ''
  let done = 0
  for (const { at, text: added } of insertions) {
    source += text.slice(done, at) + added
    done = at
  }
  source += text.slice(done)
  const lineStarts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  instrumented.set(path, { insertions, functions: own, lineStarts })
  return source
}

function insertionsOf({ id, body }: SourceFunction): readonly Insertion[] {
  if (body.isBlock) return [{ at: body.start + 1, text: `__called(${id});` }]
  return [
    { at: body.start, text: `(__called(${id}), ` },
    { at: body.end, text: ')' },
  ]
}

Object.assign(globalThis, { __called: called })

function called(id: number): void {
  if (!isOn) return
  const caller = callerOf()
  calls.set(`${caller} ${id}`, [caller, id])
}

/** The function of ours that is next on the stack, across awaits. */
function callerOf(): number {
  const limit = Error.stackTraceLimit
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  Error.stackTraceLimit = FRAMES
  Error.prepareStackTrace = (_, sites) => sites
  const holder: { stack?: NodeJS.CallSite[] } = {}
  Error.captureStackTrace(holder, called)
  const sites = holder.stack ?? []
  Error.stackTraceLimit = limit
  Object.defineProperty(Error, 'prepareStackTrace', prepare ?? { value: undefined, writable: true, configurable: true })
  // The first one is the function that was called.
  for (const site of sites.slice(1)) {
    const caller = functionAt(site)
    if (caller !== undefined) return caller
  }
  return -1
}

function functionAt(site: NodeJS.CallSite): number | undefined {
  const name = site.getFileName()
  const file = name?.startsWith('file:') === true ? instrumented.get(fileURLToPath(name)) : undefined
  const start = file?.lineStarts[(site.getLineNumber() ?? 1) - 1]
  if (file === undefined || start === undefined) return undefined
  let at = start + (site.getColumnNumber() ?? 1) - 1
  at -= shiftBefore(file.insertions, at)
  // Functions are ordered by their start: the last one that contains the position is the innermost.
  return file.functions.findLast(one => one.start <= at && at < one.end)?.id ?? -2
}

function shiftBefore(insertions: readonly Insertion[], offset: number): number {
  let shift = 0
  for (const { at, text } of insertions) {
    if (at + shift >= offset) break
    shift += text.length
  }
  return shift
}

if (isMainThread) {
  process.on('SIGUSR2', () => {
    if (isOn) write(String(process.pid))
    isOn = !isOn
  })
  if (isCommand) process.on('exit', () => write('command-line'))
}

function write(name: string): void {
  writeFileSync(join(DIRECTORY, `${name}.json`), JSON.stringify([...calls.values()]))
}
