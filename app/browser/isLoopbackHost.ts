/** Whether a name of a host stands for the machine itself: an address with it is of no use elsewhere. */
export const isLoopbackHost = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
