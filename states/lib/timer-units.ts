/** A program that runs at set times. */
export interface Job {
  readonly cmd: readonly string[]
  readonly times: readonly string[]
  readonly user: string
  readonly splay: number
  readonly seconds: number
  readonly persistent: boolean
  readonly env: { readonly [name: string]: string }
  readonly cwd: string | undefined
}

/** Builds the service and its timer. A running service is not started again, so two never run side by side. Pure. */
export function jobFiles(name: string, job: Job): readonly { readonly path: string; readonly content: string }[] {
  const { cmd, times, user, splay, seconds, persistent, env, cwd } = job
  const service = [
    '# Written by Saltern.',
    '[Unit]',
    `Description=${name}`,
    '[Service]',
    'Type=oneshot',
    `User=${user}`,
    ...(cwd === undefined ? [] : [`WorkingDirectory=${percent(cwd)}`]),
    ...Object.entries(env).map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`),
    `TimeoutStartSec=${seconds}`,
    // Only here does systemd expand variables after a dollar sign.
    `ExecStart=${cmd.map(word => quoted(word).replaceAll('$', '$$$$')).join(' ')}`,
  ]
  const timer = [
    '# Written by Saltern.',
    '[Unit]',
    `Description=${name}, at its times`,
    '[Timer]',
    ...times.map(time => `OnCalendar=${time}`),
    ...(splay === 0 ? [] : [`RandomizedDelaySec=${splay}`, 'FixedRandomDelay=true']),
    // systemd's default accuracy is one minute.
    'AccuracySec=1s',
    `Persistent=${persistent}`,
    '[Install]',
    'WantedBy=timers.target',
  ]
  return [
    { path: unitPath(`${name}.service`), content: `${service.join('\n')}\n` },
    { path: unitPath(`${name}.timer`), content: `${timer.join('\n')}\n` },
  ]
}

export function unitPath(unit: string): string {
  return `/etc/systemd/system/${unit}`
}

/** Quotes one word for systemd and escapes `%`. Pure. */
function quoted(word: string): string {
  const inner = percent(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `"${inner.replaceAll('\n', '\\n')}"`
}

function percent(word: string): string {
  return word.replaceAll('%', '%%')
}
