import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Event } from '@spikefit/contracts';
import type { TestApi } from './test-api.ts';

export interface ReceivedEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Event;
}

/** A reader of server-sent events over a socket of its own. */
export class EventReader implements Disposable {
  readonly #request: ClientRequest;
  readonly response: IncomingMessage;
  readonly events: ReceivedEvent[] = [];
  readonly comments: string[] = [];
  /** Resolves when the server ended the stream, rejects when it was cut. */
  readonly ended: Promise<void>;
  #rest = '';

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#take(text));
    this.ended = new Promise((resolve, reject) => {
      response.once('end', resolve);
      response.once('error', reject);
    });
    this.ended.catch(() => {});
  }

  static open(api: TestApi, path: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const { port } = api.app.server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        headers: { accept: 'text/event-stream', authorization: `Bearer ${api.tenant.key}`, ...headers },
      });
      sent.once('error', reject);
      sent.once('response', (response) => resolve(new EventReader(sent, response)));
      sent.end();
    });
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) {
        this.comments.push(block);
        continue;
      }
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
      if (fields.data !== undefined) {
        this.events.push({
          id: Number(fields.id),
          type: fields.event ?? '',
          data: JSON.parse(fields.data) as Event,
        });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#request.on('error', () => {});
    this.#request.destroy();
  }
}
