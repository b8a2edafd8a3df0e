#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CommanderError } from 'commander'
import { AppError, type ErrorCode, problemsOf } from '../protocol/errors.ts'
import { hiddenLine } from '../protocol/hidden-line.ts'
import { readyNotice } from '../protocol/notify-ready.ts'
import { formatPosition } from '../protocol/source.ts'
import { buildProgram } from './commands.ts'

/** Errors that a restart would meet again, so the unit does not restart the agent (EX_CONFIG of sysexits.h). */
const NO_RESTART: readonly ErrorCode[] = ['STATE_DAMAGED', 'IDENTITY_MISSING', 'CONFIG_INVALID']

/** Runs the agent or a verb from argv; the only place that ends the process. */
async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort(new AppError({ code: 'RUN_CANCELLED', message: 'the minion is stopping' }))
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  const leave = new AbortController()
  process.once('SIGHUP', () => leave.abort())
  let exitCode = 0
  const program = buildProgram({
    version: ownVersion(),
    signal: stop.signal,
    leave: leave.signal,
    print: line => process.stdout.write(`${line}\n`),
    log: (event, data) => process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...data })}\n`),
    readSecret: async prompt =>
      process.stdin.isTTY
        ? hiddenLine({
            prompt,
            write: shown => process.stderr.write(shown),
            stdin: process.stdin,
            signal: stop.signal,
            interrupted: 'no join token was given',
          })
        : text(process.stdin),
    setExitCode: code => {
      exitCode = code
    },
    notifyReady: readyNotice(process.env),
  })
  try {
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    for (const { code, message, hint, source } of problemsOf(error)) {
      const where = source === undefined ? '' : `${formatPosition(source)} `
      process.stderr.write(`${where}${code} ${message}\n${hint === undefined ? '' : `  hint: ${hint}\n`}`)
    }
    if (!(error instanceof AppError) && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    if (!(error instanceof AppError)) return 1
    if (error.code === 'USAGE') return 2
    return NO_RESTART.includes(error.code) ? 78 : 1
  }
}

function ownVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

void main(process.argv).then(code => process.exit(code))
