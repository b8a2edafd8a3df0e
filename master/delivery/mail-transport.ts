/** A separate module for the mail library, so that it is loaded only to send a mail, and works in a bundle. */
export { createTransport } from 'nodemailer'
