import { setTimeout as sleep } from 'node:timers/promises';
import { connectNats, type NatsLink } from '../nats/link.ts';
import { createNatsFrameInbox, type NatsFrameInbox } from '../nats/natsFrameInbox.ts';
import { createNatsFrameOutbox, type NatsFrameOutbox } from '../nats/natsFrameOutbox.ts';
import type { FrameResult } from '../queue/frameQueue.ts';
import { ANSWERED, job } from '../queue/frameQueueContract.ts';
import { SILENT_LOG } from './silentLog.ts';

let fleets = 0;

/** Gateways and workers of a fleet in this process, each with a connection of its own. What they do with frames is counted. */
export class NatsFleet {
  readonly #name: string;
  readonly links: NatsLink[] = [];
  /** How often each frame was taken, by key and number. */
  readonly taken = new Map<string, number>();
  /** When each frame was answered that a worker has answered, in this order. */
  readonly answered: { key: string; submittedAtMs: number; answeredAtMs: number }[] = [];
  readonly results: FrameResult[] = [];
  readonly pending: Promise<void>[] = [];
  readonly inboxes: NatsFrameInbox[] = [];
  #submitted = 0;
  readonly #outboxes: NatsFrameOutbox[] = [];
  readonly #urls: readonly string[];
  readonly #groupOf: (model: string) => string | undefined;
  readonly #end = new AbortController();
  #onGone: ((id: string) => void)[] = [];

  constructor(
    t: { after(close: () => Promise<void>): void },
    urls: readonly string[],
    /** A name of its own is needed where several fleets share a server. */
    { name = `fleet${++fleets}`, groupOf = (_: string): string | undefined => 'default' } = {},
  ) {
    this.#urls = urls;
    this.#name = name;
    this.#groupOf = groupOf;
    t.after(() => this.close());
  }

  /** One more connection. */
  async connect(): Promise<NatsLink> {
    const options = { urls: this.#urls, name: this.#name, clientName: 'test' };
    const link = await connectNats(options, SILENT_LOG);
    this.links.push(link);
    return link;
  }

  async addGateway(maxAgeMs = 1_000): Promise<NatsFrameInbox> {
    const inbox = createNatsFrameInbox({
      maxAgeMs,
      refreshMs: 100,
      nowMs: () => performance.now(),
      link: await this.connect(),
      gatewayId: `gateway-${this.inboxes.length + 1}`,
      groupOf: this.#groupOf,
      onGone: (listener) => {
        this.#onGone.push(listener);
        return () => {
          this.#onGone = this.#onGone.filter((one) => one !== listener);
        };
      },
      log: SILENT_LOG,
    });
    this.inboxes.push(inbox);
    return inbox;
  }

  async addOutbox(more: { group?: string; models?: () => readonly string[] } = {}): Promise<NatsFrameOutbox> {
    const link = await this.connect();
    const workerId = `worker-${this.#outboxes.length + 1}`;
    const outbox = createNatsFrameOutbox({ link, workerId, group: 'default', log: SILENT_LOG, ...more });
    this.#outboxes.push(outbox);
    return outbox;
  }

  /** A worker that takes this long for each frame, one after another, without using the processor. */
  async addWorker(workMs: number): Promise<void> {
    const outbox = await this.addOutbox();
    void (async () => {
      for (;;) {
        const frame = await outbox.take(this.#end.signal);
        if (frame === undefined) return;
        const id = `${frame.job.key} ${Buffer.from(frame.job.image).toString()}`;
        this.taken.set(id, (this.taken.get(id) ?? 0) + 1);
        await sleep(workMs);
        frame.answer(ANSWERED);
      }
    })();
  }

  /** What a worker that is gone is known by. */
  sayGone(workerId: string): void {
    for (const listener of this.#onGone) listener(workerId);
  }

  submit(inbox: NatsFrameInbox, key: string): Promise<void> {
    const submittedAtMs = performance.now();
    this.#submitted += 1;
    const image = Buffer.from(String(this.#submitted));
    const done = inbox.submit({ ...job(key), image }).then((result) => {
      this.results.push(result);
      if (result.kind === 'answered')
        this.answered.push({ key, submittedAtMs, answeredAtMs: performance.now() });
    });
    this.pending.push(done);
    return done;
  }

  /** A camera that sends so many frames a second, by a steady clock, until the signal aborts. */
  async send(inbox: NatsFrameInbox, key: string, perSecond: number, signal: AbortSignal): Promise<void> {
    const fromMs = performance.now();
    for (let frame = 1; !signal.aborted; frame++) {
      void this.submit(inbox, key);
      const waitMs = fromMs + (frame * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#end.abort();
    for (const inbox of this.inboxes) inbox.close();
    for (const outbox of this.#outboxes) outbox.close();
    await Promise.all(this.links.map((link) => link.close()));
    await Promise.all(this.pending);
  }
}
