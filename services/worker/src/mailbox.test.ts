import { expect, it } from 'vitest';
import { Mailbox } from './mailbox.ts';

async function readAll(mailbox: Mailbox<number>): Promise<number[]> {
  const read: number[] = [];
  for await (const message of mailbox) read.push(message);
  return read;
}

it('hands out messages in order, those put before and while it is read', async () => {
  const mailbox = new Mailbox<number>();
  mailbox.put(1);
  const reading = readAll(mailbox);
  await Promise.resolve();
  mailbox.put(2);
  mailbox.put(3);
  mailbox.end();
  mailbox.put(4);
  expect(await reading).toEqual([1, 2, 3]);
});

it('drops what it holds when closed, and what comes later', async () => {
  const mailbox = new Mailbox<number>();
  mailbox.put(1);
  mailbox.put(2);
  const read: number[] = [];
  for await (const message of mailbox) {
    read.push(message);
    mailbox.close();
    mailbox.put(3);
  }
  expect(read).toEqual([1]);
  mailbox.end();
  expect(await readAll(mailbox)).toEqual([]);
});
