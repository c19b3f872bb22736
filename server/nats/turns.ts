import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  type ConsumerConfig,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';

/**
 * The line in which gateways wait for workers of one group: a token for each frame that waits, first come first served. Tokens are empty;
 * frames stay at their gateways. A token has a number and a subject of its own, of which the stream keeps one message: to publish it
 * again changes nothing if it is still in the line, and puts it back if it was lost.
 */
export interface Turns {
  /** Where a worker asks for the next token. */
  readonly nextSubject: string;
  subjectOf(gateway: string, number: number): string;
  /**
   * Makes the stream and its consumer if they are missing, as after an end of the only server. Tries until it has succeeded. Called
   * meanwhile it does no more.
   */
  ensure(): Promise<void>;
  /** Idempotent. */
  close(): void;
}

/** A token that no worker came for is of no use any more: its frame is too old. */
const MAX_TOKEN_AGE_MS = 10_000;
/** A worker acknowledges a token as soon as it has it: after this time it never arrived there. */
const ACK_WAIT_MS = 500;
/** A group without gateways and workers is forgotten after this time. */
const UNUSED_MS = 3_600_000;
const RETRY_MS = 100;

export function createTurns(link: NatsLink, group: string, log: Log): Turns {
  const { name, manager } = link;
  const stream = `${name}_TURNS`;
  const consumer: Partial<ConsumerConfig> = {
    durable_name: group,
    filter_subject: `${name}.turn.${group}.>`,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    // Tokens are acknowledged at once.
    max_ack_pending: 100_000,
    // Workers of the group that wait at a time, at most.
    max_waiting: 16_384,
    inactive_threshold: nanos(UNUSED_MS),
    mem_storage: true,
  };
  let making: Promise<void> | undefined;
  let isClosed = false;

  async function make(): Promise<void> {
    for (let attempt = 1; !isClosed; attempt++) {
      try {
        await link.ensureStream({
          name: stream,
          subjects: [`${name}.turn.>`],
          retention: RetentionPolicy.Workqueue,
          storage: StorageType.Memory,
          max_msgs_per_subject: 1,
          discard: DiscardPolicy.New,
          discard_new_per_subject: true,
          max_age: nanos(MAX_TOKEN_AGE_MS),
        });
        await manager.consumers.add(stream, consumer);
        return;
      } catch (error) {
        // Without a connection, or while a leader is elected, this is to be expected.
        const level = attempt % 50 === 0 ? 'warn' : 'debug';
        log[level]({ err: error, stream, attempt }, 'the stream of turns could not be made yet');
        await sleep(RETRY_MS);
      }
    }
  }

  return {
    nextSubject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${group}`,
    subjectOf: (gateway, number) => `${name}.turn.${group}.${gateway}.${number}`,
    ensure() {
      making ??= make().finally(() => {
        making = undefined;
      });
      return making;
    },
    close() {
      isClosed = true;
    },
  };
}

/** Reads a token's subject. */
export function readTurn(subject: string): { gateway: string; number: number } {
  const [, , , gateway = '', number = ''] = subject.split('.');
  return { gateway, number: Number(number) };
}

/**
 * Number of tokens that still wait behind this one, by the subject on which it is acknowledged:
 * `$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.<sequence>.<time>.<pending>`, with domain and account after `ACK` and a
 * random end in newer servers.
 */
export function pendingBehind(ackSubject: string): number {
  const parts = ackSubject.split('.');
  return Number(parts[parts.length === 9 ? 8 : 10] ?? 0);
}
