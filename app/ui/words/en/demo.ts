/** The built-in footage, for a person without a camera. */
export const demo = {
  demo: {
    badge: 'Built-in footage, not your camera',
    falsifiedTitle: 'Your browser hides the demo',
    falsifiedText:
      'Its privacy protection replaces what a page draws with noise. Allow this page to use the canvas, at the icon in the address bar or in the browser’s settings for this site. Then open the demo again.',
    failedTitle: 'The demo did not load',
    failedText: 'Check that the server is running and that you are online, then try again.',
  },
};
