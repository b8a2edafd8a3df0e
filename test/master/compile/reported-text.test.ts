import { describe, expect, it } from 'vitest'
import { isPlainText } from '../../../master/compile/catalog/claims.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { Json } from '../../../protocol/json.ts'
import { exported, OWN, subject, told } from './claims-scene.ts'
import { compileScene, problemLines, treeOf } from './compile-scene.ts'

describe('a text that a minion reports', () => {
  const report = (reported: Json, type = 'text'): Json | undefined => {
    return told(`exports:\n  x: {type: ${type}, reported: true}\n`, { reported }).value
  }

  it.each([
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2v+Nq/0Yw= root@db1',
    'ecdsa-sha2-nistp256 AAAAE2VjZHNh/+== host',
    'kW2v+Nq/0Yw3cCCfRnY1nS0vOv5cYwO3vAcf0X1m1Xs=',
    'Größe 5 (neu)',
    '',
  ])('the reported text %j is accepted', text => {
    expect(report(text)).toBe(text)
  })

  it.each([
    'a\nb',
    'a\tb',
    'a"b',
    "a'b",
    'a\\b',
    'a;b',
    'a{b',
    'a}b',
    'a$b',
    'a`b',
    'a\u2028b',
    'a\u202eb',
    '\u001b[2J',
    'x'.repeat(4097),
  ])('the reported text %j is rejected', text => {
    expect(isPlainText(text)).toBe(false)
    expect(report(text)).toBeUndefined()
    expect(report([text], '[text]')).toBeUndefined()
    expect(report({ [text]: 'a' }, '{"*": text}')).toBeUndefined()
  })

  it('a reported `free_text` accepts any printable text with line breaks', () => {
    expect(report('a "b";\n\t$c {}', 'free_text')).toBe('a "b";\n\t$c {}')
    expect(report('\u001b[2J', 'free_text')).toBeUndefined()
  })

  it('text derived from grains is checked like reported text, and text from the pillar is not', () => {
    const role = `pillar:\n  db.words: {type: text}\n${exported('text', '{{pillar.db.words}}')}`

    expect(told(role, { pillar: { db: { words: 'a "b"\nc' } } }).value).toBe('a "b"\nc')
    expect(told(exported('text', '{{grains.os}};')).problem).toContain('must be one line without quotes')
  })
})

describe('`minion.address`', () => {
  const compiled = (contents: string, own: readonly string[]) => {
    const states = `/x:\n  file.managed: {contents: '${contents}'}\n`
    const { pillar: _pillar, ...who } = subject({}, own as string[])
    const result = compileScene({
      roles: { 'app/states.yml': states },
      input: { subject: { ...who, roles: ['app'], pillar: treeOf({}) as never } },
    })
    return result.ok ? result.catalog.states[0]?.params['contents'] : problemLines(result).join()
  }

  it('`minion.address` is the trusted address, and `grains.ip4` the one the host reports', () => {
    expect(compiled('{{minion.address}} {{grains.ip4}}', OWN)).toBe('10.6.6.6 10.0.0.1')
  })

  it('an unknown `minion.address` is an error that names the line to add, and can have a default', () => {
    expect(compiled('{{minion.address}}', [])).toContain(
      'ADDRESS_UNKNOWN `db1` has no trusted address: its connection provides none, and the inventory has none | Set it in inventory.yml: `db1: {address: 10.0.0.5}`',
    )
    expect(compiled('{{default minion.address "none"}}', [])).toBe('none')
  })

  it('`minions` and `pluck` return trusted addresses and never claimed ones', () => {
    const members = [
      { id: 'a' as MinionId, level: 'staging', roles: ['db'], address: '10.0.0.4' },
      { id: 'b' as MinionId, level: 'staging', roles: ['db'], address: '2001:db8::1' },
      { id: 'c' as MinionId, level: 'staging', roles: ['db'], address: undefined },
    ]
    const states = `/x:\n  file.managed: {contents: '{{json (pluck (minions role="db") "address")}} {{json (pluck (minions) "ip4")}}'}\n`
    const result = compileScene({ roles: { 'app/states.yml': states }, input: { members } })

    expect(result.ok && result.catalog.states[0]?.params['contents']).toBe(
      '["10.0.0.4","2001:db8::1",null] ["10.0.0.4",null,null]',
    )
  })
})
