import { expect, it } from 'vitest'
import {
  parseRows,
  parseVertical,
  quoteAccount,
  quoteName,
  quoteText,
  sqlScript,
} from '../../../states/lib/mysql-quote.ts'

it('quoted SQL names and strings cannot be terminated early', () => {
  expect(quoteName('a`; DROP')).toBe('`a``; DROP`')
  expect(quoteText("it's a \\' trap")).toBe("'it''s a \\\\'' trap'")
  expect(quoteAccount("o'b", '%')).toBe("'o''b'@'%'")
  expect(() => quoteText('a\0b')).toThrow(TypeError)
})

it('every SQL script sets its session mode first, so that a GRANT creates no account', () => {
  expect(sqlScript('A', 'B')).toBe(
    "SET NAMES utf8mb4;\nSET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER';\nA;\nB;\n",
  )
})

it('parseRows returns the original column values', () => {
  expect(parseRows('a\tb\\tc\\\\n\\n\n\nx\n')).toEqual([['a', 'b\tc\\n\n'], [''], ['x']])
  expect(parseRows('')).toEqual([])
  expect(parseRows('\n')).toEqual([['']])
})

it('parseVertical reads a row in vertical format', () => {
  const text = '**** 1. row ****\n   Slave_IO_State: Waiting: for more\n  Last_IO_Error: \n  Master_Port: 3306\n'

  expect(parseVertical(text)).toEqual({ Slave_IO_State: 'Waiting: for more', Last_IO_Error: '', Master_Port: '3306' })
  expect(parseVertical('')).toBeUndefined()
})
