import { describe, expect, it } from 'vitest'
import { parseTarget } from '../../../master/target/parse.ts'
import { AppError } from '../../../protocol/errors.ts'

function hintFor(text: string): string | undefined {
  try {
    parseTarget(text)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'TARGET_SYNTAX') return thrown.problems[0].hint
    throw thrown
  }
  throw new Error(`\`${text}\` was accepted`)
}

describe('a target word of another tool', () => {
  it.each([
    // Ansible
    ['all', "Write `'*'` for all minions, in quotes for the shell."],
    ['all:!web1', 'Write `not web1`.'],
    ['web*:!web3', 'Write `web* not web3`.'],
    ['webservers:&staging', 'Write `webservers and staging`.'],
    ['web1:web2', 'Write `web1,web2`.'],
    ['web:&staging:!web3', 'Write `web and staging not web3`.'],
    ['!web1', 'Write `not web1`.'],
    ['web*,!web3', 'Write `not web3`.'],
    ['web[1:3]', 'Write `web1,web2,web3`.'],
    ['web[01:03].example.org', 'Write `web01.example.org,web02.example.org,web03.example.org`.'],
    ['web[001:500]', expect.stringContaining('`@FILE`')],
    ['webservers[0]', expect.stringContaining('List the ids with commas')],
    ['~web\\d+', expect.stringContaining('Regular expressions')],
    ['@hosts.retry', expect.stringContaining('Only the command line reads ids from a file')],
    // Salt
    ['G@os:Debian', 'Write `os=debian`.'],
    ['G@os:Debian and web*', 'Write `os=debian`.'],
    ['G@roles:web', 'Write `role=web`.'],
    ['G@env:staging', 'Write `level=staging`.'],
    ['G@cpuarch:x', 'Write `grain.cpuarch=x`.'],
    ['I@role:db', 'Write `role=db`.'],
    ['I@site:berlin', expect.stringContaining('The pillar selects no minions')],
    ['L@web1,web2', 'Write `web1`.'],
    ['E@web-dc1', expect.stringContaining('Regular expressions')],
    ['S@10.1.0.0/16', 'Write `grain.ip4=10.1.*`.'],
    ['10.1.2.0/24', 'Write `grain.ip4=10.1.2.*`.'],
    ['web[12]', 'Write `web1,web2`.'],
    ['web[1-3]', 'Write `web1,web2,web3`.'],
    ['web1 test=True', 'For a dry run: `master test TARGET`.'],
    ['web1 saltenv=base', 'Use `level=`.'],
    ['roles=web', 'Use `role=`.'],
    // Either
    ['role:db', 'Write `role=db`.'],
    ['os:debian', 'Write `os=debian`.'],
    ['WEB1', expect.stringContaining('Write `web1`.')],
    ['web{1,2}', expect.stringContaining('`@FILE`')],
  ])('%s gets a hint with the word of Saltern', (text, hint) => {
    expect(hintFor(text)).toEqual(hint)
  })
})
