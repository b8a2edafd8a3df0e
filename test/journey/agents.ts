import { join } from 'node:path'
import { runAgent } from '../../minion/agent.ts'
import { loadConfig } from '../../minion/config.ts'
import { joinFleet } from '../../minion/join.ts'
import { minionId } from '../../protocol/ids.ts'

/** Parameters of a process of agents, passed by its parent as the only argument. */
export interface AgentsPart {
  readonly master: string
  /** Each minion has its state in a directory of its name below this one. */
  readonly directory: string
  readonly minions: readonly { readonly id: string; readonly token: string }[]
}

/* Many real agents in one process, which share its imports: each has its own keys, link, engine and state directory. */
const { master, directory, minions } = JSON.parse(process.argv[2] ?? '{}') as AgentsPart
const stop = new AbortController()
process.on('disconnect', () => process.exit(0))

async function start(name: string, token: string): Promise<void> {
  const id = minionId(name)
  const stateDirectory = join(directory, id)
  await joinFleet({ stateDirectory, id, master, token, root: undefined, highstate: false }, stop.signal)
  const config = await loadConfig(stateDirectory)
  const log = (event: string, data: object): void => {
    process.stderr.write(`${JSON.stringify({ id, event, ...data })}\n`)
  }
  const leave = new AbortController().signal
  await runAgent({ stateDirectory, config, version: '0.1.0', log, ready: () => undefined, leave }, stop.signal)
}

for (const { id, token } of minions) {
  start(id, token).catch((error: unknown) => {
    process.stderr.write(`${id}: ${String(error)}\n`)
    process.exit(1)
  })
}
