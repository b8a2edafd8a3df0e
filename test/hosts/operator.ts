import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { MinionRow } from '../../master/verbs/minions.ts'
import type { LabHost } from './lab/host.ts'
import { LabError } from './lab/lab-error.ts'
import type { Finished } from './lab/program.ts'
import { until } from './lab/until.ts'
import { commandsOf } from './page.ts'

const PATIENCE_MS = 300_000

/** Installs without prompts, and with required dependencies only. */
export const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends']

/** An operator at the machines who follows docs/install.md. */
export interface Operator {
  /** Types a line of the page as root, without answering prompts. Does not throw on a nonzero exit code. */
  readonly type: (host: LabHost, line: string) => Promise<Finished>
  /** The same, but the line must succeed; returns its output. */
  readonly typed: (host: LabHost, line: string) => Promise<string>
  /** Copies a package into root's home, replacing an earlier one. */
  readonly bring: (host: LabHost, deb: string) => Promise<void>
  /** Runs `master <words>` on the current master machine. */
  readonly say: (words: readonly string[], stdin?: string) => Promise<Finished>
  /** Returns the result of a verb that must succeed. */
  readonly ask: <Answer>(...words: readonly string[]) => Promise<Answer>
  /** Resolves when exactly these minions, in order, are online. */
  readonly online: (...ids: readonly string[]) => Promise<readonly MinionRow[]>
}

/** Throws a LabError for a line that docs/install.md does not have. */
export function assertOnPage(line: string): void {
  if (!commandsOf('install.md').includes(line)) throw new LabError(`docs/install.md has no line \`${line}\``)
}

/** `master` returns the current master machine. */
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

/** Makes all hosts resolve each other as NAME.example. */
export async function introduce(hosts: readonly LabHost[]): Promise<void> {
  const names = hosts.map(({ address, name }) => `${address} ${name}.example\n`).join('')
  for (const host of hosts) await host.writeFile('/etc/hosts', `${await host.readFile('/etc/hosts')}${names}`)
}
