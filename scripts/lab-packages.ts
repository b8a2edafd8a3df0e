import { existsSync } from 'node:fs'
import { missingTools } from '../test/hosts/lab/tools.ts'

/** Prints the Debian packages that the tests need and this machine lacks, on one line; nothing when all are there. */
const browser = existsSync('/usr/bin/chromium') ? [] : ['chromium']
process.stdout.write([...missingTools().packages, ...browser].join(' '))
