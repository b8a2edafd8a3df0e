import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { word } from '../kinds.ts'
import { unitPath } from '../lib/timer-units.ts'

export const timerAbsent = defineState({
  name: 'timer.absent',
  summary: 'Removes a timer of `timer.present`. A program that it has started can finish.',
  absence: true,
  nameKind: word('a name without `.timer`', /^[A-Za-z0-9:_.@-]+(?<!\.timer)$/),
  params: {},
  owns: ({ name }) => `service:${name}.timer`,
  async read(system, { name }) {
    const paths = [unitPath(`${name}.service`), unitPath(`${name}.timer`)]
    const present = await Promise.all(paths.map(async path => ((await system.stat(path)) === undefined ? [] : [path])))
    return { present: present.flat(), status: await system.unitStatus(`${name}.timer`) }
  },
  plan({ name }, { present, status }) {
    const unit = `${name}.timer`
    const actions: Action[] = []
    if (status.active === 'active') actions.push({ do: 'unit', unit, verb: 'stop' })
    if (status.enabled === 'enabled') actions.push({ do: 'unit', unit, verb: 'disable' })
    for (const path of present) actions.push({ do: 'remove', path, recursive: false })
    return present.length === 0 ? actions : [...actions, { do: 'daemon-reload' }]
  },
})
