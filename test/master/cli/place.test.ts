import { expect, it } from 'vitest'
import { parseCopy, parseListenAt, parsePort } from '../../../master/cli/place.ts'
import { AppError } from '../../../protocol/errors.ts'

function refusal(act: () => unknown): string {
  try {
    return JSON.stringify(act())
  } catch (thrown) {
    if (thrown instanceof AppError) return `${thrown.code} ${thrown.message}`
    throw thrown
  }
}

it.each([
  ['a.conf', 'db1:/etc/a.conf', { way: 'put', target: 'db1', from: 'a.conf', to: '/etc/a.conf' }],
  ['x/a.conf', 'db1:/etc/', { way: 'put', target: 'db1', from: 'x/a.conf', to: '/etc/a.conf' }],
  ['db1.eu:/etc/hosts', '.', { way: 'get', target: 'db1.eu', from: '/etc/hosts', to: '.' }],
  ['db1:/etc/hosts', './odd:name', { way: 'get', target: 'db1', from: '/etc/hosts', to: './odd:name' }],
  ['a', 'role=web level=staging:/a', { way: 'put', target: 'role=web level=staging', from: 'a', to: '/a' }],
  ['web*,db1:/etc/hosts', 'out/', { way: 'get', target: 'web*,db1', from: '/etc/hosts', to: 'out/' }],
  ['a', '@/tmp/hosts:/a', { way: 'put', target: '@/tmp/hosts', from: 'a', to: '/a' }],
  ['a', 'grain.ip6=fd00::1:/a', { way: 'put', target: 'grain.ip6=fd00::1', from: 'a', to: '/a' }],
  ['db1:/a:b c', '-', { way: 'get', target: 'db1', from: '/a:b c', to: '-' }],
])('parseCopy reads %s %s', (from, to, wish) => {
  expect(parseCopy(from, to)).toEqual(wish)
})

it.each([
  ['a', 'b', 'USAGE neither path is on a minion'],
  ['db1:/a', 'db2:/a', 'USAGE both paths are on minions'],
  ['a', 'db1:etc/a', 'USAGE a path on a minion begins with `/`, got `etc/a`'],
  ['', 'db1:/a', 'USAGE a path is empty'],
  ['a', '-oX:/a', 'USAGE `-oX` is not a target'],
  ['a', 'web 1:a', 'USAGE a path on a minion begins with `/`, got `a`'],
])('parseCopy rejects %j %j', (from, to, words) => {
  expect(refusal(() => parseCopy(from, to))).toBe(words)
})

it.each([
  ['3306', { host: '127.0.0.1', port: 3306 }],
  ['10.0.0.5:80', { host: '10.0.0.5', port: 80 }],
  ['[::1]:80', { host: '::1', port: 80 }],
])('parsePort reads %s', (text, place) => {
  expect(parsePort(text)).toEqual(place)
})

it.each(['0', '65536', 'http', '', '1:2:3', '-1'])('parsePort rejects %j', text => {
  expect(refusal(() => parsePort(text))).toContain('USAGE a port is a number from 1 to 65535')
})

it('parseListenAt accepts only loopback addresses', () => {
  expect(parseListenAt('13306')).toEqual({ host: '127.0.0.1', port: 13306 })
  expect(parseListenAt('[::1]:0')).toEqual({ host: '::1', port: 0 })
  expect(refusal(() => parseListenAt('0.0.0.0:13306'))).toContain('USAGE `0.0.0.0` is not a loopback address')
  expect(refusal(() => parseListenAt('127.evil.example:80'))).toContain('is not a loopback address')
  expect(refusal(() => parseListenAt('there'))).toContain('USAGE a listen address must be')
})
