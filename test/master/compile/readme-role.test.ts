import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { freshFleet } from '../../../master/fleet/init.ts'
import { parseInventory } from '../../../master/fleet/inventory.ts'
import { compileScene, problemLines } from './compile-scene.ts'

const README = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8')

it('the role in README.md compiles as written for the minion in its inventory line', () => {
  const [, states = ''] = /^```yaml\n# \/srv\/fleet\/roles\/motd\/states\.yml\n(.*?)^```$/ms.exec(README) ?? []
  const written = new Map(
    [...README.matchAll(/^echo '([^']+)' >>?\/srv\/fleet\/(\S+)$/gm)].map(([, text = '', path = '']) => [path, text]),
  )
  const template = written.get('roles/motd/templates/motd.hbs') ?? ''
  const inventory = `${freshFleet('f', 'fleet')['inventory.yml']}${written.get('inventory.yml')}\n`
  const { entries, problems } = parseInventory(inventory, ['production', 'staging'])
  const roles = { 'motd/states.yml': states, 'motd/templates/motd.hbs': `${template}\n` }
  const compiled = compileScene({ roles, assigned: entries[0]?.roles.map(({ name }) => name) ?? [] })

  expect(problems).toEqual([])
  expect(problemLines(compiled)).toEqual(['(no problem)'])
  if (!compiled.ok) return
  expect(JSON.stringify(compiled.catalog.states)).toContain('You are on web1, level staging.')
})
