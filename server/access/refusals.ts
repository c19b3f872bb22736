import { CodedError } from '../../protocol/errors.ts';
import type { Action } from './caller.ts';

export interface RefusalOptions {
  /** The server has a TOKEN. */
  hasToken: boolean;
  /** It takes signed tokens. */
  hasSigned: boolean;
  hasScreenToken: boolean;
}

/** What is known of who is refused. */
interface Refused {
  /** Of a signed token that is good. */
  scopes: ReadonlySet<string> | undefined;
  isCrossSite: boolean;
}

/** The errors for someone who may not do something: each says what to do. */
export function createRefusals({ hasToken, hasSigned, hasScreenToken }: RefusalOptions) {
  const howToUse =
    hasToken || hasSigned
      ? `This server asks for a ${hasToken ? '' : 'signed '}token, and ${hasSigned ? 'this one is none that it takes' : 'this one is not right'}: "Authorization: Bearer TOKEN", or "token" of the first message of a socket.`
      : 'This device is not paired. Scan the QR code that the page shows on the machine of the server ("Open on your phone"), or give the server a TOKEN.';

  return (action: Action, { scopes, isCrossSite }: Refused): CodedError => {
    if (scopes && action !== 'invite' && !(action === 'admin' && isCrossSite)) {
      const given = [...scopes].slice(0, 8).join(' ') || 'none';
      return new CodedError(
        'insufficient_scope',
        `This token has not the scope "${action}" (it has: ${given.slice(0, 200)}). Get one that has it.`,
      );
    }
    switch (action) {
      case 'view':
      case 'predict':
        return new CodedError('unauthorized', howToUse);
      case 'watch':
        return new CodedError(
          'unauthorized',
          !hasScreenToken && (hasToken || hasSigned)
            ? howToUse
            : 'Away from the machine of the server a screen needs a token: give the server a SCREEN_TOKEN, and open "/screen#token=SCREEN_TOKEN".',
        );
      case 'admin':
      case 'invite':
        return new CodedError(
          'forbidden_admin',
          isCrossSite
            ? 'Pages of other sites cannot change models.'
            : 'Changing models takes proof. In a browser: open the link that "npm start" printed, or a new one from ' +
                '"npm run models -- link". Elsewhere: "Authorization: Bearer ADMIN_TOKEN".',
        );
      default:
        return action satisfies never;
    }
  };
}
