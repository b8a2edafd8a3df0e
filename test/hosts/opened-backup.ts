import type { LabHost } from './lab/host.ts'
import { LabError } from './lab/lab-error.ts'
import { assertOnPage } from './operator.ts'
import { Typing } from './typing.ts'

/** Types a line of docs/install.md on a terminal, where `age` prompts for a passphrase; returns what was shown afterwards. */
export async function typedWithPassphrase(host: LabHost, line: string, passphrase: string): Promise<string> {
  assertOnPage(line)
  const terminal = new Typing(host.spawn(['script', '--quiet', '--return', '--command', line, '/dev/null']))
  await terminal.sees(/passphrase/)
  terminal.type(`${passphrase}\r`)
  const code = await terminal.ends()
  if (code === 0) return terminal.shown
  throw new LabError(`on ${host.name}: \`${line}\` ended with ${code}:\n${terminal.shown}`)
}

/** Returns the digests of all keys of a state directory. */
export function keysBelow(host: LabHost, directory: string): Promise<string> {
  return host.must(['sh', '-c', `cd ${directory} && find . -name '*.key' | sort | xargs sha256sum`])
}
