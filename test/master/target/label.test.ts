import { expect, it } from 'vitest'
import { targetLabel } from '../../../master/target/label.ts'

const ids = (count: number, from = 0): readonly string[] => Array.from({ length: count }, (_, at) => `web${from + at}`)

it('the label of a target is the target itself when that is short', () => {
  expect(targetLabel(' web1 web2, web3  role=db ')).toBe('web1 web2, web3  role=db')
})

it('the label of a target shows the first ids of a long list and their number, however they were separated', () => {
  const [commas, spaces] = [targetLabel(ids(1000).join(',')), targetLabel(ids(1000).join(' '))]
  expect(commas).toMatch(/^web0,web1,web2 and 997 more \(list [0-9a-f]{8}\)$/)
  expect(spaces).toBe(commas)
})

it('the label of a target keeps the other words of a target with a long list', () => {
  const label = targetLabel(`(${ids(300).join(',')} or role=db) not level=production`)
  expect(label).toMatch(/^\( web0,web1,web2 and 297 more \(list [0-9a-f]{8}\) or role=db \) not level=production$/)
})

it('the label of a target differs for two lists that begin alike', () => {
  const [one, other] = [ids(1000), [...ids(999), 'web5000']]
  expect(targetLabel(one.join(','))).not.toBe(targetLabel(other.join(',')))
})

it('the label of a target is short for every target', () => {
  for (const text of [ids(9000).join(' or '), ids(9000).join(' '), `role=${ids(9000).join(',')}`, 'x'.repeat(9000)]) {
    expect(targetLabel(text).length).toBeLessThan(260)
  }
})
