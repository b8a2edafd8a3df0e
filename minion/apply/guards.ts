import type { Guards } from '../../protocol/catalog.ts'
import type { SystemReader } from '../../states/system.ts'

/** Why a state is skipped, or undefined when it runs. A guard that cannot be run within `timeoutMs` throws. */
export async function guardVerdict(
  guards: Guards,
  system: SystemReader,
  timeoutMs: number,
): Promise<string | undefined> {
  const { unless = [], onlyif = [], creates = [] } = guards
  const exits = async (commands: readonly (readonly string[])[]): Promise<readonly number[]> => {
    const codes: number[] = []
    for (const argv of commands) codes.push((await system.query(argv, { timeoutMs })).exitCode)
    return codes
  }
  if (creates.length > 0) {
    const found = await Promise.all(creates.map(path => system.stat(path)))
    if (!found.includes(undefined)) return `${creates.join(', ')} exists`
  }
  if (onlyif.length > 0) {
    const failing = (await exits(onlyif)).findIndex(code => code !== 0)
    if (failing >= 0) return `onlyif \`${onlyif[failing]?.join(' ')}\` does not hold`
  }
  if (unless.length > 0 && (await exits(unless)).every(code => code === 0)) {
    return `unless \`${unless.map(argv => argv.join(' ')).join('`, `')}\` holds`
  }
  return undefined
}
