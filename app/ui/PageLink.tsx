'use client';
import { Icon, type IconName } from './Icon.tsx';
import styles from './PageLink.module.css';

/**
 * Leads to another page of this server.
 * @param page its name
 * @param inNewTab where it is used next to this page, which goes on
 */
export function PageLink({
  page,
  name,
  icon,
  inNewTab = false,
}: {
  page: string;
  name: string;
  icon: IconName;
  inNewTab?: boolean;
}) {
  return (
    <a className={styles.root} href={`./${page}`} {...(inNewTab && { target: '_blank', rel: 'noopener' })}>
      <Icon name={icon} size={20} />
      {name}
    </a>
  );
}
