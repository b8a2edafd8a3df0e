import { z } from 'zod'
import { GRAIN_NAMES } from '../../protocol/grain-names.ts'
import type { Grains } from '../../protocol/grains.ts'
import { pickMinions } from '../access/pick.ts'
import { defineVerb } from './define.ts'
import { target } from './fields.ts'

/** What a minion last reported about itself. */
export interface GrainsRow {
  readonly minion: string
  /** As roles see them; only one when one was asked for, and none when it has never reported. */
  readonly grains: Partial<Grains>
  readonly connected: boolean
  readonly lastSeenAt?: string
}

export interface GrainsResult {
  readonly minions: readonly GrainsRow[]
  /** The grain that was asked for; absent: all. */
  readonly key?: string
}

const grainsVerb = defineVerb({
  name: 'grains',
  input: z.strictObject({ target, key: z.enum(GRAIN_NAMES).optional() }),
  right: { on: 'minions', kind: 'read' },
  async run(context, { target, key }, { caller }): Promise<GrainsResult> {
    const { minions } = await pickMinions(context, caller, 'grains', target)
    return {
      ...(key === undefined ? {} : { key }),
      minions: minions.map(({ id, known, subject }): GrainsRow => {
        const all: Partial<Grains> = subject?.grains ?? known?.grains ?? {}
        const one = key === undefined || all[key] === undefined ? {} : { [key]: all[key] }
        return {
          minion: id,
          grains: key === undefined ? all : one,
          connected: context.links.isOnline(id),
          ...(known?.lastSeenAt === undefined ? {} : { lastSeenAt: known.lastSeenAt }),
        }
      }),
    }
  },
})

export const grainVerbs = [grainsVerb] as const
