/** What is said where the page's scripts do not start. Apart from the rest: it is part of the page itself. */
export const start = {
  title: 'Livelens could not start',
  scripts: 'Its scripts did not start.',
  file: (url: string) => `This file did not load: ${url}`,
  slash: (address: string) => `The address of this page needs a slash at its end: ${address}/`,
  slashProxy: (path: string) =>
    `If that leads elsewhere, the reverse proxy must pass on everything below ${path}/, and redirect ${path} there.`,
  reload: 'Reload the page. If that does not help, check that the server is running.',
  proxy: (path: string) =>
    `If a reverse proxy serves this page, it must pass on everything below ${path}/, and either remove ${path} from the ` +
    `path or leave it there. If it leaves it there, start the server with BASE_PATH=${path}`,
  otherwise: 'Otherwise reload the page.',
};
