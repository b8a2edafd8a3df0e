import { isUnreachable, type RemoteEnd, type RemoteOutcome, type RunAnswer } from '../session/remote-outcome.ts'
import { programLines } from './program-text.ts'
import { type Style, safe } from './style.ts'

/** Minions with the same end and output. */
interface Group {
  readonly minions: readonly string[]
  readonly outcome: RemoteOutcome
}

/** Groups minions by end and output; successful groups first, then sorted by first id. Pure. */
export function groupOutcomes(outcomes: readonly RemoteOutcome[]): readonly Group[] {
  const groups = new Map<string, { minions: string[]; outcome: RemoteOutcome }>()
  for (const outcome of [...outcomes].sort((a, b) => (a.minion < b.minion ? -1 : 1))) {
    const key = JSON.stringify([outcome.end, latin1(outcome.stdout), latin1(outcome.stderr), outcome.cutBytes])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { minions: [outcome.minion], outcome })
    else group.minions.push(outcome.minion)
  }
  return [...groups.values()].sort((a, b) => Number(!isFine(a.outcome.end)) - Number(!isFine(b.outcome.end)))
}

/**
 * Renders the grouped result of `master run`: a heading per group, its indented output, and a line of counts at the end. Pure.
 */
export function renderRun(answer: RunAnswer, style: Style): string {
  const { colours } = style
  const groups = groupOutcomes(answer.outcomes).map(({ minions, outcome }) => {
    const { end, stdout, stderr, cutBytes } = outcome
    const names = minions.map(minion => colours.bold(safe(minion))).join(', ')
    const out = block(stdout)
    const err = block(stderr)
    const cut =
      cutBytes > 0 ? colours.yellow(`  ... ${cutBytes} more bytes were dropped: run it on this minion alone\n`) : ''
    const heading = `${names}  ${endText(end, style)}${out + err + cut === '' ? colours.dim('  no output') : ''}\n`
    return heading + out + (err === '' ? '' : colours.dim('  stderr:\n') + err) + cut
  })
  const offline = answer.offline.map(minion => `${colours.bold(safe(minion))}  ${colours.red('offline')}\n`).join('')
  return [...groups, offline, `${countsOf(answer)}\n`].filter(text => text !== '').join('\n')
}

/** Builds the `--json` output: one object per minion; output that is not UTF-8 is base64. Pure. */
export function runAsJson({ outcomes, offline }: RunAnswer): object {
  const minions = outcomes.map(({ minion, end, stdout, stderr, cutBytes, ms }) => ({
    minion,
    ...('exit' in end ? { exit: end.exit } : 'signal' in end ? { signal: end.signal } : { problem: end.problem }),
    ...outputAsJson(stdout, stderr),
    cutBytes,
    ms,
  }))
  return { minions, offline }
}

function outputAsJson(stdout: Uint8Array, stderr: Uint8Array): object {
  const texts = [utf8(stdout), utf8(stderr)]
  if (texts.every(text => text !== undefined)) return { encoding: 'text', stdout: texts[0], stderr: texts[1] }
  return { encoding: 'base64', stdout: base64(stdout), stderr: base64(stderr) }
}

function endText(end: RemoteEnd, { colours }: Style): string {
  if ('exit' in end) return end.exit === 0 ? colours.green('exit 0') : colours.red(`exit ${end.exit}`)
  if ('signal' in end) return colours.red(`killed by ${safe(end.signal)}`)
  return `${colours.red(end.problem.code)} ${safe(end.problem.message)}`
}

function countsOf({ outcomes, offline }: RunAnswer): string {
  const lost = outcomes.filter(({ end }) => isUnreachable(end)).length + offline.length
  const fine = outcomes.filter(({ end }) => isFine(end)).length
  const failed = outcomes.length + offline.length - fine - lost
  const all = outcomes.length + offline.length
  const parts = [
    `${fine} fine`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(lost > 0 ? [`${lost} unreachable`] : []),
  ]
  return `${all} ${all === 1 ? 'minion' : 'minions'}: ${parts.join(', ')}`
}

function block(output: Uint8Array): string {
  if (output.length === 0) return ''
  return programLines(new TextDecoder().decode(output))
    .map(line => `  ${line}\n`)
    .join('')
}

function isFine(end: RemoteEnd): boolean {
  return 'exit' in end && end.exit === 0
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
