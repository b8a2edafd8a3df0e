import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { MinionRow } from '../../master/verbs/minions.ts'
import type { LabHost } from './lab/host.ts'
import { LabError } from './lab/lab-error.ts'
import type { Finished } from './lab/program.ts'
import { until } from './lab/until.ts'
import { commandsOf } from './page.ts'

const PATIENCE_MS = 300_000

/** Installs at once, with nothing but what a test needs. */
export const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends']

/** Somebody who has docs/install.md before him and sits at the machines. */
export interface Operator {
  /** Types a line of the page as root; nobody answers a question. Any exit code is an answer. */
  readonly type: (host: LabHost, line: string) => Promise<Finished>
  /** The same, but it must end well; gives all that it said. */
  readonly typed: (host: LabHost, line: string) => Promise<string>
  /** Copies a package into root's home, in the place of an earlier one. */
  readonly bring: (host: LabHost, deb: string) => Promise<void>
  /** `master <words>` on the machine that is the master. */
  readonly say: (words: readonly string[], stdin?: string) => Promise<Finished>
  /** The answer of a verb that must end well. */
  readonly ask: <Answer>(...words: readonly string[]) => Promise<Answer>
  /** Resolves when these minions, in order, and no others are here. */
  readonly online: (...ids: readonly string[]) => Promise<readonly MinionRow[]>
}

/** A LabError for a line that docs/install.md does not have. */
export function assertOnPage(line: string): void {
  if (!commandsOf('install.md').includes(line)) throw new LabError(`docs/install.md has no line \`${line}\``)
}

/** `master` says which machine is the master now. */
export function operatorAt(master: () => LabHost): Operator {
  const type: Operator['type'] = (host, line) => {
    assertOnPage(line)
    return host.exec(['sh', '-c', line], { env: { DEBIAN_FRONTEND: 'readline' }, timeoutMs: PATIENCE_MS })
  }
  const say: Operator['say'] = (words, stdin = '') => {
    return master().exec(['master', ...words], { stdin, timeoutMs: PATIENCE_MS })
  }
  return {
    type,
    say,
    typed: async (host, line) => {
      const { exitCode, stdout, stderr } = await type(host, line)
      if (exitCode === 0) return stdout + stderr
      throw new LabError(`on ${host.name}: \`${line}\` ended with ${exitCode}:\n${stdout}${stderr}`)
    },
    bring: async (host, deb) => {
      await host.must(['sh', '-c', 'rm -f /root/saltern-*.deb'])
      await copyFile(deb, join(host.root, 'root', basename(deb)))
    },
    ask: async <Answer>(...words: readonly string[]) => {
      return JSON.parse(await master().must(['master', '--json', ...words], { timeoutMs: PATIENCE_MS })) as Answer
    },
    online: async (...ids) => {
      let last = ''
      return until(
        async () => {
          const { exitCode, stdout, stderr } = await say(['--json', 'minions'])
          last = stdout + stderr
          if (exitCode !== 0) return undefined
          const { minions } = JSON.parse(stdout) as { readonly minions: readonly MinionRow[] }
          const connected = minions.filter(minion => minion.connected)
          return connected.map(({ minion }) => minion).join() === ids.join() ? connected : undefined
        },
        { what: `${ids.join(', ')} to be here`, timeoutMs: 150_000, everyMs: 250, evidence: () => last },
      )
    },
  }
}

/** Lets all hosts know each other as NAME.example. */
export async function introduce(hosts: readonly LabHost[]): Promise<void> {
  const names = hosts.map(({ address, name }) => `${address} ${name}.example\n`).join('')
  for (const host of hosts) await host.writeFile('/etc/hosts', `${await host.readFile('/etc/hosts')}${names}`)
}
