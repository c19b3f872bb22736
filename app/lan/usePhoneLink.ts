'use client';
import { useEffect, useState } from 'react';
import { invitePhone } from './lanClient.ts';
import { type ShownLink, watchPhoneLink } from './watchPhoneLink.ts';

const NOTHING: ShownLink = { link: undefined, paired: 0, problem: undefined };

/** An address for the next phone, while `isShown`; see `watchPhoneLink`. */
export function usePhoneLink(isShown: boolean): ShownLink {
  const [shown, setShown] = useState(NOTHING);
  useEffect(() => {
    if (!isShown) return;
    const end = watchPhoneLink({ invite: invitePhone, onShown: setShown, page: document });
    return () => {
      end();
      setShown(NOTHING);
    };
  }, [isShown]);
  return shown;
}
