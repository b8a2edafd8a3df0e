import { DB_FILES, DB_LEVEL, DB_MEMBERS, DB_PACKAGES, DB_SECRETS } from '../test/hosts/db-fleet.ts'
import { openLabFleet } from '../test/hosts/lab-fleet.ts'
import type { Steps } from './quickstart-steps.ts'

/** Runs the quickstart as root: a master and two db hosts, each a Debian 12 with its own systemd. */
export async function quickstartOnHosts({ step, show }: Steps, keep: boolean, stopped: AbortSignal): Promise<void> {
  step('making Debian hosts (the first time: a base tree, about a minute)')
  const fleet = await openLabFleet({
    members: DB_MEMBERS,
    level: DB_LEVEL,
    files: DB_FILES,
    secrets: DB_SECRETS,
    packages: DB_PACKAGES,
    log: step,
  })
  const stop = (): void => void fleet.close()
  stopped.addEventListener('abort', stop, { once: true })
  try {
    for (const words of ['minions', 'test role=db', 'apply role=db', 'apply role=db', 'report']) {
      step(`master ${words}`)
      const { exitCode, stdout, stderr } = await fleet.run(words.split(' '))
      show(`master ${words}`, stdout === '' ? stderr : stdout)
      if (exitCode !== 0) throw new Error(`\`master ${words}\` ended with exit code ${exitCode}:\n${stderr}`)
    }
    if (keep) await lookAround(fleet.lab.directory, stopped)
  } finally {
    stopped.removeEventListener('abort', stop)
    step('removing the hosts')
    await fleet.close()
  }
}

async function lookAround(directory: string, stopped: AbortSignal): Promise<void> {
  process.stdout.write(`
All is running. Look around from another terminal; ctrl-C here ends and removes it.
  hosts lie in            ${directory}
  a shell on the master   nsenter -a -t "$(pgrep -f 'systemd-nspawn.*-master' | head -1 | xargs pgrep -P)" bash -l
  then                    master minions; master events; master test role=db
`)
  await new Promise<void>(resolve => stopped.addEventListener('abort', () => resolve(), { once: true }))
}
