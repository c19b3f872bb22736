import type { Formats } from '../formats.ts';

/** The page that checks a device. */
export const doctor = (format: Formats) => ({
  doctor: {
    title: 'Check this device',
    intro:
      'What this browser, its camera and the connection to the server can do. Nothing is stored or sent elsewhere.',
    open: 'Open Livelens',
    progress: (done: number, all: number) => `Checking … ${format.number(done)} of ${format.number(all)}`,
    progressName: 'Progress of the checks',
    again: 'Check again',
    checkCamera: 'Check the camera',
    copy: 'Copy as text',
    copied: 'Copied. It has no address, no token and no picture.',
    copyByHand: 'The browser does not let this page copy. Select the text and copy it:',
    verdicts: {
      works: { title: 'This device is ready', text: 'Everything that Livelens needs works here.' },
      partly: {
        title: 'It works, but not as well as it could',
        text: 'Labels come. What is marked below costs speed or comfort, and says what to do.',
      },
      blocked: {
        title: 'Live labels don’t work here yet',
        text: 'What is marked red below is in the way. Each says what to do.',
      },
      unknown: {
        title: 'Almost everything is checked',
        text: 'What could be found out works. One thing or another could not.',
      },
    },
    status: { good: 'Good', note: 'Note', limited: 'Limited', bad: 'Problem', unknown: 'Not checked' },
    waiting: 'Waiting',
    running: 'Checking …',
    checks: {
      secure: 'Secure address',
      workers: 'Workers',
      pixels: 'True pixels',
      encoding: 'Picture encoding',
      camera: 'Camera',
      server: 'Connection to the server',
      roundTrip: 'Round trip',
      bandwidth: 'Bandwidth',
      wasm: 'Models on this device',
      webgpu: 'Graphics processor',
      storage: 'Storage',
    },
    /** What a check came to. */
    findings: {
      secure: 'The page came over a secure address, so it may use the camera.',
      insecure:
        'This address is not secure: browsers give the camera, and storage for models, only to https:// and localhost.',
      workersRun: 'Pictures are prepared next to the page, not in it.',
      workersWithoutCanvas:
        'Workers have no canvas here, so pictures are prepared in the page itself, which may stutter.',
      workersFail:
        'Workers don’t start, so models can’t run on this device, and pictures are prepared in the page itself.',
      pixelsTrue: 'What the page draws is what it reads.',
      pixelsFaint: 'A privacy setting changes pixels a little. Labels stay the same.',
      pixelsRoundabout: 'A privacy setting falsifies the canvas. Pictures take another way, and are larger.',
      pixelsHidden:
        'A privacy setting gives this page noise instead of pixels, so there is nothing to label.',
      encodes: 'Pictures are encoded as the stream sends them.',
      encodingFails: 'This browser could not encode a picture, so none can be sent to the server.',
      cameraWorks: 'The camera gives pictures.',
      cameraDark: 'The camera works, but its picture is of one colour.',
      cameraSlow: 'The camera gives few pictures a second, so boxes follow with jumps.',
      cameraNotAsked: 'The browser will ask whether this page may use the camera.',
      cameraDenied: 'The camera is blocked for this page.',
      cameraDeniedBySystem: 'The system does not let this browser use the camera.',
      cameraNone: 'No camera was found.',
      cameraBusy: 'Another app or tab is using the camera.',
      cameraWithheld: 'This browser gives pages no camera; those inside other apps often do not.',
      cameraInsecure: 'The browser gives the camera only to secure addresses.',
      cameraStill: 'The camera was opened, but gave no picture.',
      cameraFailed: 'The camera could not be opened.',
      serverWorks: 'The server answers and its model is ready.',
      serverUnreachable: 'The server can’t be reached.',
      serverNotReady: 'The server is starting or stopping, and has no model yet.',
      serverBusy: 'The server has no room for another camera right now.',
      serverNeedsToken: 'The server asks for a token, and this page has none that it knows.',
      serverRefuses: 'The server refused the connection.',
      socketBlocked: 'The server answers, but its WebSocket does not open.',
      tripShort: 'Answers come back quickly.',
      tripLong: 'Messages take long to the server and back, so labels lag behind.',
      linkFast: 'There is room for a live stream in both directions.',
      linkSlow: 'The link is slow: fewer pictures are sent, in lower quality.',
      linkBusy: 'Others are measuring their link to this server right now.',
      noServer: 'Not measured, as the server does not answer.',
      wasmThreads: 'Models can run here, on several cores.',
      wasmOneThread: 'Models can run here, but on one core only: the page is not isolated from other sites.',
      wasmOld:
        'This browser’s WebAssembly has no SIMD, so models can’t run on this device. The server labels pictures.',
      wasmMissing:
        'WebAssembly does not work here, so models can’t run on this device. The server labels pictures.',
      gpuThere: 'The graphics processor can be used for models on this device.',
      gpuInSoftware: 'WebGPU is emulated by the processor: models on this device use WebAssembly instead.',
      gpuMissing: 'There is no WebGPU here: models on this device use WebAssembly.',
      storageKept: 'Models and settings are stored and stay.',
      storageMayGo: 'Models and settings are stored. The browser may remove them when space is short.',
      storageSmall: 'There is little storage left, so models for this device may not fit.',
      storageNone: 'Nothing is stored for the next visit: models are downloaded again each time.',
      tooSlow: 'This took too long and was given up.',
      checkFailed: 'The check itself failed.',
    },
    /** What a person can do about it, where there is something. */
    advice: {
      insecure: 'Open the server’s https address. On the computer that runs the server, open localhost.',
      workersWithoutCanvas: 'Update the browser: Safari has it from 16.4 on, Firefox from 105.',
      workersFail:
        'Reload the page. If that does not help, an extension or a proxy changes its scripts: switch it off for this site.',
      pixelsRoundabout:
        'To save bandwidth, allow this site to use the canvas, or switch off the protection against fingerprinting for it.',
      pixelsHidden:
        'Allow this site to use the canvas: at the icon in the address bar (Firefox), in the Shields menu (Brave), or in the extension that blocks it.',
      encodingFails: 'Update the browser, or open the page in another one.',
      cameraDark: 'Uncover the lens or its shutter, make light, or choose another camera.',
      cameraSlow: 'More light helps: cameras slow down in the dark. Close other apps that use it.',
      cameraNotAsked: 'Press Check the camera and choose Allow.',
      cameraDeniedBySystem:
        'Open the privacy settings of this device, allow the camera for this browser, and check again.',
      cameraNone: 'Connect one. Until then, pictures, videos and the demo work.',
      cameraBusy: 'Close the video call, or whatever has it, and check again.',
      cameraWithheld: 'Open the page in Safari, Chrome or Firefox.',
      cameraInsecure: 'Open the server’s https address, or localhost on the computer that runs the server.',
      cameraStill: 'Close other apps that use it, disconnect and connect it, or restart the browser.',
      cameraFailed: 'Disconnect and connect it, or restart the browser. The report has its message.',
      serverUnreachable: 'Check that it is running, and that this device is in the same network or online.',
      serverNotReady: 'Wait a moment and check again. If it stays so, its log says why.',
      serverBusy: 'Close the page on another device, or check again later.',
      serverNeedsToken: 'Open the link that you were given; it ends in #token=…',
      serverRefuses: 'The report has the code. Whoever runs the server finds it in its log.',
      socketBlocked:
        'Something between lets none through: a proxy (see docs/proxies.md), a company network, or an extension. Try another network.',
      tripLong:
        'Move closer to the access point, use a cable, or let this device compute (Server or This device, at the top of the page).',
      linkSlow: 'Move closer to the access point, use a cable, or let this device compute.',
      linkBusy: 'Check again in a moment.',
      wasmOneThread:
        'Use https or localhost. Behind a proxy, it must pass on the headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy.',
      wasmOld: 'Update the browser: Safari has it from 16.4 on.',
      wasmMissing: 'Switch off the lockdown or security mode for this site, or use another browser.',
      storageSmall: 'Free some space, or leave the private window.',
      storageNone:
        'Use https or localhost and a window that is not private, and allow this site to store data.',
      tooSlow: 'Check again. If it stays so, copy the report.',
      checkFailed: 'Copy the report: it has the message.',
    },
  },
});
