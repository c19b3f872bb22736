/** What a process needs of the environment to run at all, and which of the machine's accelerators it is to use. */
const KEPT =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_.*|SYSTEMROOT|WINDIR|USERPROFILE|LD_LIBRARY_PATH|NODE_ENV|NODE_EXTRA_CA_CERTS|VK_[A-Z_]+|CUDA_[A-Z_]+|NVIDIA_[A-Z_]+)$/i;

/**
 * The environment of processes that meet strangers' bytes: without the server's secrets, and with the runtime's own
 * telemetry off. What people show the camera is no one else's business.
 */
export function childEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => KEPT.test(name));
  return { ...(Object.fromEntries(kept) as NodeJS.ProcessEnv), ORT_DISABLE_TELEMETRY: '1' };
}
