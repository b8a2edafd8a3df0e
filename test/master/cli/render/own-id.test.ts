import { expect, it } from 'vitest'
import { alikeKey } from '../../../../master/cli/render/own-id.ts'

function alike(texts: { readonly [id: string]: string }): boolean {
  return (
    new Set(Object.entries(texts).map(([id, text]) => alikeKey({ literal: 0, texts: [text, { text }] }, id))).size === 1
  )
}

it.each([
  [{ web1: 'host = web1', web2: 'host = web2' }],
  [{ web1: '/srv/web1.conf', web22: '/srv/web22.conf' }],
  [{ 'db.a': 'db.a.example.org\nweb', 'db.b': 'db.b.example.org\nweb' }],
  [{ 'a\u001b[2J(': 'x a\u001b[2J( y', b: 'x b y' }],
])('what is alike but for the id of its minion is found: %j', texts => {
  expect(alike(texts)).toBe(true)
})

it.each([
  [{ web1: 'host = web1', web2: 'host = web1' }],
  [{ web1: 'web11', web2: 'web21' }],
  [{ web1: 'my-web1', web2: 'my-web2' }],
  [{ 'db.a': 'dbxa', 'db.b': 'dbxb' }],
])('what is alike but for the id of its minion is not taken for what is a part of another word: %j', texts => {
  expect(alike(texts)).toBe(false)
})

it('the size of a file does not count where the file has the id of its minion, and counts otherwise', () => {
  expect(
    alike({ web1: 'write /etc/motd (60 B, mode 0644) web1', web10: 'write /etc/motd (61 B, mode 0644) web10' }),
  ).toBe(true)
  expect(alike({ web1: 'write web1 (1023 B)', web10: 'write web10 (1.0 KiB)' })).toBe(true)
  expect(alike({ web1: 'write /etc/motd (60 B)', web10: 'write /etc/motd (61 B)' })).toBe(false)
  expect(alike({ web1: 'web1 has 60 B', web10: 'web10 has 61 B' })).toBe(false)
})
