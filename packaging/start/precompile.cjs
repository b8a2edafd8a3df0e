'use strict'
/*
 * Run when the package is installed: runs a typical command and stores the compiled code of all functions that it used, so that
 * commands need not compile them. Removes the code of earlier builds.
 */
const { mkdirSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { BUILD, CODE, load, scripts } = require('./main.cjs')

process.once('exit', () => {
  const fresh = `${CODE}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(join(fresh, BUILD), { recursive: true, mode: 0o755 })
  for (const [name, script] of scripts) {
    writeFileSync(join(fresh, BUILD, name), script.createCachedData(), { mode: 0o644, flush: true })
  }
  rmSync(CODE, { recursive: true, force: true })
  renameSync(fresh, CODE)
  process.exitCode = 0
})
// Written by the build: a command that needs no master, and changes nothing.
process.argv = [process.argv[0], join(__dirname, 'main.cjs'), ...'@WORDS@'.split(' ')]
// What the command says, and its exit code, are of no interest.
process.stdout.write = process.stderr.write = () => true
load('program.cjs')
